import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { FaultPlan } from '../../dev/s3/server.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { objectStore } from '../../lib/s3/object-store.ts'
import { queue } from '../../lib/sqs/queue.ts'
import { bikeShop, connectTo } from '../support/bike-shop.ts'
import { importBucket, startImporter } from '../support/import-environment.ts'
import { line } from '../support/imports.ts'
import { useRedis } from '../support/redis.ts'
import { BUCKET, head, s3ForTest } from '../support/s3.ts'
import { proxyTo } from '../support/search-environment.ts'
import { silentServer } from '../support/silent-server.ts'
import { unansweredPort } from '../support/unanswered-port.ts'

const unavailable = (code: string) => expect.objectContaining({ code, status: 503 })
/** Beyond the clients' own limits, for what a busy machine adds. */
const SLACK_MS = 1_500

beforeEach(() => {
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, 'test')
  vi.stubEnv('AWS_REGION', 'us-east-1')
})

async function msOf(work: Promise<unknown>): Promise<number> {
  const before = performance.now()
  await work
  return performance.now() - before
}

describe('a call without a deadline of its own', () => {
  it('of a silent SQS is tried twice, within 5 s', async () => {
    const silent = await silentServer()
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', silent.url)
    const sent = queue(`${silent.url}/000000000000/imports`).send({})
    const ms = await msOf(expect(sent).rejects.toThrow(unavailable('QUEUE_UNAVAILABLE')))
    expect(ms).toBeLessThan(5_000 + SLACK_MS)
    expect(silent.connections()).toBe(2)
  })

  it('of an SQS that does not take the connection ends within 5 s', async () => {
    const url = `http://127.0.0.1:${await unansweredPort()}`
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', url)
    const sent = queue(`${url}/000000000000/imports`).retryIn('r', 30)
    const ms = await msOf(expect(sent).rejects.toThrow(unavailable('QUEUE_UNAVAILABLE')))
    expect(ms).toBeLessThan(5_000 + SLACK_MS)
  })

  it('of a silent S3 ends within 5 s, or within 15 s where it is tried three times', async () => {
    const silent = await silentServer()
    vi.stubEnv('AWS_ENDPOINT_URL_S3', silent.url)
    const store = objectStore(BUCKET)
    const upload = { key: 'a', uploadId: 'u', name: 'n', parts: [] }
    const calls: [number, Promise<unknown>][] = [
      [5_000, store.head({ key: 'a' })],
      [15_000, store.put('a', 'body', 'text/plain')],
      [15_000, firstPage(store.list('imports/'))],
      [15_000, store.parts.create('a', 'text/plain')],
      [15_000, store.parts.addPart(upload, Buffer.from('part'))],
      [15_000, store.parts.complete(upload)],
      [15_000, store.parts.isCompleted(upload)],
      [15_000, store.parts.abort(upload)],
    ]
    await Promise.all(
      calls.map(async ([limit, call]) => {
        const ms = await msOf(expect(call).rejects.toThrow(unavailable('OBJECT_UNAVAILABLE')))
        expect(ms).toBeLessThan(limit + SLACK_MS)
      }),
    )
    expect(silent.connections()).toBe(1 + 7 * 3)
  })
})

it('8 MB go to S3 over a slow but healthy link of 1 MB/s in one attempt', async () => {
  const { server, client } = await s3ForTest()
  const { proxy, url } = await proxyTo(server)
  await proxy.toxic('bandwidth', { rate: 1_000 })
  vi.stubEnv('AWS_ENDPOINT_URL_S3', url)
  await objectStore(BUCKET).put('slow', Buffer.alloc(8_000_000), 'text/plain')
  expect((await head(client, 'slow')).ContentLength).toBe(8_000_000)
})

describe('an import that must be continued', () => {
  const redis = useRedis()

  it('fails in time when the queue is silent, and its message comes again', async () => {
    const admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await admin.close()
    const silent = await silentServer()
    const slow: FaultPlan = ({ method }) => (method === 'GET' ? { bytesPerSecond: 1_000 } : undefined)
    const bucket = await importBucket({ fault: slow })
    const { invoke, output } = await startImporter(bucket.url, {
      REDIS_URL: redis.urlOf('import-users'),
      IMPORT_QUEUE_URL: `${silent.url}/000000000000/imports`,
      AWS_ENDPOINT_URL_SQS: silent.url,
    })
    const event = await bucket.upload(Array.from({ length: 1_000 }, (_, i) => line(i)).join(''))
    const { error } = await invoke(event, { timeoutMs: 12_000 })
    expect(error).toMatch(/^QUEUE_UNAVAILABLE: /)
    expect(output()).toContain('"import failed"')
  })
})

async function firstPage<T>(pages: AsyncIterable<T>): Promise<T | undefined> {
  for await (const page of pages) return page
  return undefined
}
