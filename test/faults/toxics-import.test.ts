import type { S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImportReport } from '../../lib/import/import-report-schema.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { bikeShop, connectTo } from '../support/bike-shop.ts'
import { distribution } from '../support/distribution.ts'
import { startImport } from '../support/import-environment.ts'
import type { Invocation } from '../support/lambda-environment.ts'
import { useRedis } from '../support/redis.ts'
import { keys } from '../support/s3.ts'
import { proxyTo } from '../support/search-environment.ts'
import type { ToxicProxy } from '../support/toxic-proxy.ts'

const USERS = 4_000
/** The importer keeps 5 s of its invocation for the end, so 3 s are left for Redis. */
const TIMEOUT_MS = 8_000
const BUDGET_MS = 3_000
const SLACK_MS = 100
const aCleanError = expect.stringMatching(/^REDIS_(UNAVAILABLE|TIMEOUT|BUSY): /)

const bearable: Record<string, (proxy: ToxicProxy) => Promise<unknown>> = {
  'latency of 20 ± 10 ms': (proxy) => proxy.toxic('latency', { latency: 20, jitter: 10 }),
  'bandwidth of 1 MB/s': (proxy) => proxy.toxic('bandwidth', { rate: 1_000 }),
  slicer: (proxy) => proxy.toxic('slicer', { average_size: 2_000, size_variation: 1_000, delay: 100 }),
}

const unbearable: typeof bearable = {
  'latency of 5 s': (proxy) => proxy.toxic('latency', { latency: 5_000 }, { stream: 'downstream' }),
  down: (proxy) => proxy.toxic('down', {}),
  'bandwidth of 1 KB/s': (proxy) => proxy.toxic('bandwidth', { rate: 1 }),
  'slow_close, when Redis has closed': async (proxy) => {
    await proxy.toxic('slow_close', { delay: 60_000 })
    await admin.send(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
  },
  'timeout 0, a black hole': (proxy) => proxy.toxic('timeout', { timeout: 0 }),
  'timeout of 200 ms': (proxy) => proxy.toxic('timeout', { timeout: 200 }),
  reset_peer: (proxy) => proxy.toxic('reset_peer', { timeout: 0 }),
  'limit_data of 50 KB': (proxy) => proxy.toxic('limit_data', { bytes: 50_000 }),
}

let admin: RedisPool

describe('an import', () => {
  const redis = useRedis({ appendonly: true })
  beforeAll(async () => {
    admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
  })
  afterAll(() => admin.close())

  /** A warm environment behind a proxy, and a file of users in the bucket; `label` tells them from those of other tests. */
  async function setUp(body: (label: string) => string) {
    const label = `t${++tests}`
    const { proxy, url } = await proxyTo({ url: redis.urlOf('import-users') })
    const { invoke, upload, client } = await startImport({ REDIS_URL: url })
    await invoke(await upload(userLine(`${label}-warm`, label)))
    const event = await upload(body(label))
    return {
      proxy,
      client,
      run: (timeoutMs = TIMEOUT_MS) => invoke(event, { timeoutMs }),
      stored: () => count(label),
    }
  }
  let tests = 0

  it.each(Object.entries(bearable))('is complete under %s', async (_name, switchOn) => {
    const { proxy, client, run, stored } = await setUp(userLines)
    await switchOn(proxy)
    expectComplete(await run())
    expect(await stored()).toBe(USERS + 1)
    expect(await rejects(client)).toEqual([])
  })

  it.each(Object.entries(unbearable))(
    'ends in time under %s, before and in the middle, and is complete at the next try',
    async (_name, switchOn) => {
      const { proxy, client, run, stored } = await setUp(userLines)
      const reports = await keys(client)
      await switchOn(proxy)
      expectCleanError(await run())
      await proxy.clear()

      const before = await stored()
      const running = run()
      await expect.poll(stored, { interval: 5, timeout: 3_000 }).toBeGreaterThan(before)
      await switchOn(proxy)
      expectCleanError(await running)
      expect(await keys(client)).toEqual(reports)

      await proxy.clear()
      expectComplete(await run())
      expect(await stored()).toBe(USERS + 1)
      expect(await rejects(client)).toEqual([])
      await expect.poll(importers).toBeLessThanOrEqual(2)
    },
  )

  it('of 5 MB over a slow but healthy link, 1 MB/s, is complete without an error', async () => {
    const story = 'likes long rides. '.repeat(56)
    const { proxy, client, run, stored } = await setUp((label) => userLines(label, story))
    await proxy.toxic('bandwidth', { rate: 1_000 })
    const outcome = await run(900_000)
    expect(outcome.ms).toBeGreaterThan(4_000)
    expectComplete(outcome)
    expect(await stored()).toBe(USERS + 1)
    expect(await rejects(client)).toEqual([])
  })
})

function userLines(label: string, descr?: string): string {
  return Array.from({ length: USERS }, (_, i) => userLine(`${label}-${i}`, label, i, descr)).join('')
}

function userLine(id: string, labels: string, i = 0, descr = 'rides'): string {
  return `${JSON.stringify({ id, labels, descr, vector_embedding: [1, i + 1, 0.5] })}\n`
}

/** How many connections the importer has at Redis, whatever the proxy still holds. */
async function importers(): Promise<number> {
  const clients = String(await admin.send(['CLIENT', 'LIST'])).split('\n')
  return clients.filter((client) => client.includes(' user=import-users ')).length
}

/** How many users of a test Redis holds, asked on another way than the importer's. */
async function count(label: string): Promise<number> {
  const query = ['FT.SEARCH', bikeShop.name, `@labels:{${label}}`, 'LIMIT', '0', '0', 'DIALECT', '2']
  const reply = await admin.send(query)
  return Number(
    typeof reply === 'object' && reply !== null && 'total_results' in reply && reply.total_results,
  )
}

/** What an earlier try has written counts as unchanged. */
function expectComplete({ result, error }: Invocation): void {
  expect(error).toBeUndefined()
  const complete: Partial<ImportReport> = { state: 'COMPLETED', read: USERS, rejected: 0, deleted: 0 }
  expect(result).toEqual([expect.objectContaining(complete)])
  const [report] = result as [ImportReport]
  expect(report.written + report.unchanged).toBe(USERS)
  expect(report.searchable).toBe(report.written)
}

const times: number[] = []
afterAll(() => console.log(`clean errors within a deadline of ${BUDGET_MS} ms: ${distribution(times)}`))

function expectCleanError({ error, ms }: Invocation): void {
  times.push(ms)
  expect(error).toEqual(aCleanError)
  expect(ms).toBeLessThan(BUDGET_MS + SLACK_MS)
}

async function rejects(client: S3Client): Promise<unknown[]> {
  return (await keys(client)).filter((key) => key?.includes('rejects'))
}
