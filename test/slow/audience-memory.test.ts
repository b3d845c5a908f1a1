import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { readAudience } from '../../lib/audiences/audience-ledger.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { storageOf } from '../../lib/storage/storage-of.ts'
import { toVector } from '../../lib/vector.ts'
import { accountedFor, useAudiences } from '../support/audiences.ts'
import { bundled } from '../support/environment-process.ts'
import { type LambdaEnvironment, startEnvironment } from '../support/lambda-environment.ts'
import { seeded } from '../support/random.ts'
import { BUCKET, put } from '../support/s3.ts'
import { temporaryFolder } from '../support/stack.ts'

/** 384 dimensions take some ten times as long: `AUDIENCE_DIMENSIONS=384 npm run test:slow -- audience-memory`. */
const DIMENSIONS = Number(process.env.AUDIENCE_DIMENSIONS ?? 32)
const SEEDS = 100_000
const SIZE = 200_000
const USERS = SEEDS + SIZE + 20_000
/** The seeds are in memory twice. Lambda gives the importer 1,769 MB. */
const MAX_RSS_MB = 400 + (2.2 * SEEDS * DIMENSIONS * 4) / 1024 ** 2

const definition = defineIndex(INDEX_DEFINITION, {
  ...{ storage: 'hash', prefix: 'u:' },
  vector: { dimensions: DIMENSIONS, algorithm: 'FLAT' },
})

const audiences = useAudiences({ definition })

it('100,000 seeds and an audience of 200,000 fit into the memory of the importer', async () => {
  const { client, url, order, text } = await audiences.setUp()
  await storeUsers()
  const seeds = Array.from({ length: SEEDS }, (_, i) => `{"id":"customer-${i * 3}"}\n`).join('')
  await put(client, 'audiences/seeds/best.ndjson', seeds)
  const { nodeOptions, ...deployed } = await bundled('build-audience', await temporaryFolder())
  expect(nodeOptions).toContain('--max-old-space-size=')
  const environment = await startEnvironment({
    ...deployed,
    env: {
      ...{ IMPORT_BUCKET: BUCKET, AUDIENCE_QUEUE_URL: 'http://127.0.0.1:1/000000000000/audiences' },
      ...{ AWS_ENDPOINT_URL_S3: url, AWS_REGION: 'us-east-1' },
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', LOG_LEVEL: 'INFO' },
      ...{ REDIS_URL: audiences.urlOf('build-audience'), AUDIENCE_REDIS_PERCENT: '100' },
      ...{ INDEX_DEFINITION: JSON.stringify(definition), NODE_OPTIONS: nodeOptions },
    },
  })
  const { id, run } = await order({
    ...{ like: { key: 'audiences/seeds/best.ndjson' }, size: { users: SIZE } },
    ...{ fields: ['labels'], holdout: 0.2 },
  })
  const startedAt = Date.now()
  const { rss, report } = await buildWatched(environment, { id, run })
  const seconds = Math.round((Date.now() - startedAt) / 1000)
  console.log(
    `${SEEDS} seeds, ${USERS} users, ${DIMENSIONS} dimensions: ${seconds} s, at most ${Math.max(...rss)} MB`,
  )
  console.log(JSON.stringify(report.certificate), JSON.stringify(report.holdout))
  expect(report).toMatchObject({ state: 'COMPLETED', seeds: { given: SEEDS, used: SEEDS } })
  expect(report.counts).toMatchObject({ matched: USERS, exported: SIZE, seeds: SEEDS })
  expect(accountedFor(report)).toBe(USERS)
  expect((await text(report.files.audience)).match(/\n/g)).toHaveLength(SIZE + 1)
  expect(Math.max(...rss)).toBeLessThan(MAX_RSS_MB)
}, 3_600_000)

/** Delivers the message until the audience has ended, as the queue does, and measures the resident memory. */
async function buildWatched(environment: LambdaEnvironment, job: { id: string; run: number }) {
  const rss: number[] = []
  let isRunning = true
  const watching = (async () => {
    for (; isRunning; await sleep(100)) rss.push(await residentMegabytes(environment.pid))
  })()
  try {
    for (;;) {
      const { error } = await environment.invoke(messageOf(job), { timeoutMs: 900_000 })
      expect(error).toBeUndefined()
      const { report } = await readAudience(audiences.redis, job.id)
      if (report === undefined) throw new Error('Expected a report')
      if (report.state !== 'QUEUED' && report.state !== 'RUNNING') return { rss, report }
    }
  } finally {
    isRunning = false
    await watching
  }
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
}

function messageOf({ id, run }: { id: string; run: number }): object {
  const body = JSON.stringify({ audience: { id, run } })
  const attributes = { ApproximateReceiveCount: '1' }
  return { Records: [{ messageId: 'm', receiptHandle: 'r', body, attributes, eventSource: 'aws:sqs' }] }
}

async function storeUsers(): Promise<void> {
  const random = seeded(11)
  const storage = storageOf(definition)
  for (let from = 0; from < USERS; from += 1_000) {
    const commands = Array.from({ length: 1_000 }, (_, i) => {
      const id = `customer-${from + i}`
      const components = Array.from({ length: DIMENSIONS }, () => random.between(-1, 1))
      const vector = toVector(components, definition.vector)
      const value = { id, labels: 'kids', vector_embedding: components }
      return storage.writeArgs(`u:${id}`, { id, value, document: Buffer.from(JSON.stringify(value)), vector })
    })
    await audiences.redis.lease((connection) =>
      connection.pipeline(commands.flat(), { deadline: Date.now() + 120_000 }),
    )
  }
}
