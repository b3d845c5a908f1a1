/**
 * How long an audience takes, what it costs Redis, and what searches notice of it:
 * `npm run bench:audience -- [USERS] [SEEDS] [json|hash]`. Users are mixtures of real embeddings (test/data/README.md).
 */

import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import * as v from 'valibot'
import { startRedis } from '../../dev/redis/start.ts'
import { startS3 } from '../../dev/s3/server.ts'
import { audienceRequestSchema } from '../../lib/audiences/audience-request.ts'
import { buildAudience } from '../../lib/audiences/build-audience.ts'
import { orderAudience } from '../../lib/audiences/manage-audiences.ts'
import { plainNearest } from '../../lib/audiences/scoring/plain-nearest.ts'
import { vectorTable } from '../../lib/audiences/scoring/vector-table.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { ftSearchKnnArgs } from '../../lib/redis/commands/ft-search.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { objectStore } from '../../lib/s3/object-store.ts'
import { readWhole } from '../../lib/s3/upload-stream.ts'
import { storageOf } from '../../lib/storage/storage-of.ts'
import { toBytes, toVector } from '../../lib/vector.ts'
import { seeded } from '../support/random.ts'
import { DIMENSIONS, readers } from '../support/readers.ts'

const [users = 20_000, seeds = 2_000] = process.argv.slice(2, 4).map(Number)
const storage = process.argv[4] === 'json' ? 'json' : 'hash'
const override = { storage, prefix: 'u:', vector: { dimensions: DIMENSIONS } }
const definition = defineIndex(INDEX_DEFINITION, override)
const BUCKET = 'lookalike'
const PLAINLY = 5_000

const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-bench-'))
const server = await startRedis({ dir: join(dataDir, 'redis') })
const s3 = await startS3({ dataDir: join(dataDir, 's3') })
Object.assign(process.env, {
  AWS_ENDPOINT_URL_S3: s3.url,
  ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
})
const redis = connectRedis({ source: { from: 'environment', url: server.url } })
try {
  await new S3Client().send(new CreateBucketCommand({ Bucket: BUCKET }))
  await provisionIndex({ redis, definition })
  const vectors = await load()
  console.log(`${users} users of ${DIMENSIONS} dimensions (${storage}, HNSW), ${seeds} seeds, 1 %`)
  const stopQuiet = startSearches()
  await delay(10_000)
  const quiet = await stopQuiet()
  const built = await build(redis)
  report(quiet, built)
  await compare(built.csv, vectors)
  await plainLoop(vectors)
} finally {
  await redis.close()
  await s3.close()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function load(): Promise<Float32Array[]> {
  const random = seeded(1)
  const storageForUsers = storageOf(definition)
  const vectors: Float32Array[] = []
  for (let i = 0; i < users; i += 500) {
    const commands = Array.from({ length: Math.min(500, users - i) }, (_, j) => {
      const [one, other] = [random.oneOf(readers).vector, random.oneOf(readers).vector]
      const share = random.between(0.6, 1)
      const mixed = one.map((component, n) => share * component + (1 - share) * (other[n] ?? 0))
      const vector = toVector(Array.from(mixed), definition.vector)
      vectors.push(Float32Array.from(vector))
      const value = { id: String(i + j), labels: 'kids', vector_embedding: Array.from(vector) }
      const user = { id: value.id, value, document: Buffer.from(JSON.stringify(value)), vector }
      return storageForUsers.writeArgs(`u:${value.id}`, user)
    })
    await redis.lease((connection) =>
      connection.pipeline(commands.flat(), { deadline: Date.now() + 120_000 }),
    )
  }
  return vectors
}

/** Searches in another thread; the function that is given stops them, and says how long each took. */
function startSearches(): () => Promise<number[]> {
  const workerData = { url: server.url, override }
  const worker = new Worker(new URL('audience/searcher.ts', import.meta.url), { workerData })
  return async () => {
    worker.postMessage('stop')
    const [tookMs] = await once(worker, 'message')
    return tookMs
  }
}

async function build(pool: RedisPool) {
  const objects = objectStore(BUCKET)
  const like = Array.from({ length: seeds }, (_, i) => `{"id":"${i * Math.floor(users / seeds)}"}\n`).join('')
  await objects.put('audiences/seeds/best.ndjson', like, 'application/x-ndjson')
  const request = v.parse(audienceRequestSchema(definition), {
    ...{ like: { key: 'audiences/seeds/best.ndjson' }, size: { percent: 1 } },
  })
  const queue = { send: async () => {}, retryIn: async () => {} }
  const job = await orderAudience({ redis: pool, definition, objects, queue }, request)
  const startedAt = performance.now()
  const cpuBefore = await redisCpu()
  const stopBeside = startSearches()
  const audience = await buildAudience({ redis: pool, definition, objects, redisShare: 0.1 }, job)
  const seconds = (performance.now() - startedAt) / 1000
  if (audience?.state !== 'COMPLETED') throw new Error(`The audience ended as ${audience?.state}`)
  const beside = await stopBeside()
  const csv = (await readWhole(objects, audience.files.audience ?? '')).toString()
  const cpu = (await redisCpu()) - cpuBefore
  return { audience, seconds, csv, cpu, beside }
}

async function redisCpu(): Promise<number> {
  const info = String(await redis.send(['INFO', 'cpu']))
  return ['used_cpu_user_main_thread', 'used_cpu_sys_main_thread']
    .map((name) => Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1] ?? 0))
    .reduce((sum, one) => sum + one, 0)
}

function report(
  quiet: number[],
  { audience, seconds, cpu, beside }: Awaited<ReturnType<typeof build>>,
): void {
  const { counts, holdout, certificate, redisMs } = audience
  console.log(`built in ${seconds.toFixed(1)} s: ${Math.round(counts.matched / seconds)} users a second`)
  console.log(`waited for Redis: ${(redisMs / 10 / seconds).toFixed(1)} % of the time (10 % aimed at)`)
  console.log(`Redis's main thread, searches included: ${((100 * cpu) / seconds).toFixed(1)} %`)
  for (const [name, took] of [
    ['alone', quiet],
    ['during the build', beside],
  ] as const) {
    console.log(
      `searches ${name}: p50 ${quantile(took, 0.5)} ms, p99 ${quantile(took, 0.99)} ms (${took.length})`,
    )
  }
  console.log(
    `memory: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB, with the S3 server and the users' vectors`,
  )
  console.log(JSON.stringify({ counts, holdout, certificate }))
}

function quantile(values: number[], share: number): string {
  return (values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN).toFixed(1)
}

/** Compares a part of the users: which belong into the audience by plain code, and which are there. */
async function compare(csv: string, vectors: Float32Array[]): Promise<void> {
  const rows = csv
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(','))
  const exported = new Set(rows.map(([id]) => id))
  const cut = Number(rows.at(-1)?.[2])
  const step = Math.floor(users / seeds)
  const table = vectorTable(
    vectors.filter((_, i) => i % step === 0 && i / step < seeds),
    DIMENSIONS,
  )
  let [agreed, all] = [0, 0]
  for (
    let i = 1;
    i < vectors.length && all < PLAINLY;
    i += Math.max(1, Math.floor(vectors.length / PLAINLY))
  ) {
    if (i % step === 0 && i / step < seeds) continue
    const belongs = plainNearest('COSINE', vectors[i] ?? [], table) >= cut
    all++
    if (belongs === exported.has(String(i))) agreed++
  }
  console.log(`agrees with brute force in plain code: ${agreed} of ${all} users`)
}

/** What it would be without: a KNN for each seed, k the size of the audience; its first ten, extrapolated. */
async function plainLoop(vectors: Float32Array[]): Promise<void> {
  const startedAt = performance.now()
  const k = Math.round(users / 100)
  for (const vector of vectors.slice(0, 10)) {
    const filter = { text: '*', params: {} }
    const query = {
      index: definition.name,
      vectorAlias: definition.vector.alias,
      k,
      filter,
      returned: [],
      efRuntime: k,
    }
    const bytes = toBytes(toVector(Array.from(vector), definition.vector), definition.vector.type)
    await redis.send(ftSearchKnnArgs({ ...query, vector: bytes }), { deadline: Date.now() + 60_000 })
  }
  const seconds = ((performance.now() - startedAt) / 10_000) * seeds
  console.log(`a KNN for each seed, without a rest: ${seconds.toFixed(1)} s of Redis's time`)
}
