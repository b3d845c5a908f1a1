/**
 * How long an audience takes, what it costs Redis, and what searches notice of it:
 * `npm run bench:audience -- [USERS] [SEEDS] [json|hash]`. Users are mixtures of real embeddings (test/data/README.md).
 */

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import * as v from 'valibot'
import { python, pythonWith } from '../../dev/python.ts'
import { startRedis } from '../../dev/redis/start.ts'
import { startS3 } from '../../dev/s3/server.ts'
import { audienceRequestSchema } from '../../lib/audiences/audience-request.ts'
import { buildAudience } from '../../lib/audiences/build-audience.ts'
import { orderAudience } from '../../lib/audiences/manage-audiences.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { objectStore } from '../../lib/s3/object-store.ts'
import { readWhole } from '../../lib/s3/upload-stream.ts'
import { storageOf } from '../../lib/storage/storage-of.ts'
import { toVector } from '../../lib/vector.ts'
import { seeded } from '../support/random.ts'
import { DIMENSIONS, readers } from '../support/readers.ts'

const [users = 20_000, seeds = 2_000] = process.argv.slice(2, 4).map(Number)
const storage = process.argv[4] === 'json' ? 'json' : 'hash'
const override = { storage, prefix: 'u:', vector: { dimensions: DIMENSIONS } }
const definition = defineIndex(INDEX_DEFINITION, override)
const BUCKET = 'lookalike'
const seedRows = Array.from({ length: seeds }, (_, i) => i * Math.floor(users / seeds))
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const redisVl = pythonWith(here('search/redisvl-requirements.txt'), 'RedisVL')

const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-bench-'))
const vectorsFile = join(dataDir, 'vectors.f32')
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
  await load()
  console.log(`${users} users of ${DIMENSIONS} dimensions (${storage}, HNSW), ${seeds} seeds, 1 %`)
  const stopQuiet = startSearches()
  await delay(10_000)
  const quiet = await stopQuiet()
  const built = await build(redis)
  report(quiet, built)
  await compare(built, await plainLoop())
} finally {
  await redis.close()
  await s3.close()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function load(): Promise<void> {
  const random = seeded(1)
  const storageForUsers = storageOf(definition)
  const vectors = new Float32Array(users * DIMENSIONS)
  for (let i = 0; i < users; i += 500) {
    const commands = Array.from({ length: Math.min(500, users - i) }, (_, j) => {
      const [one, other] = [random.oneOf(readers).vector, random.oneOf(readers).vector]
      const share = random.between(0.6, 1)
      const mixed = one.map((component, n) => share * component + (1 - share) * (other[n] ?? 0))
      const vector = toVector(Array.from(mixed), definition.vector)
      vectors.set(vector, (i + j) * DIMENSIONS)
      const value = { id: String(i + j), labels: 'kids', vector_embedding: Array.from(vector) }
      const user = { id: value.id, value, document: Buffer.from(JSON.stringify(value)), vector }
      return storageForUsers.writeArgs(`u:${value.id}`, user)
    })
    await redis.lease((connection) =>
      connection.pipeline(commands.flat(), { deadline: Date.now() + 120_000 }),
    )
  }
  await writeFile(vectorsFile, vectors)
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
  const like = seedRows.map((row) => `{"id":"${row}"}\n`).join('')
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

interface Compared {
  users: number
  agreed: number
  both: number
  size: number
}

/** Compares all users with plain code: numpy, which shares nothing with ours. The peer's audience is compared, too. */
async function compare(
  { csv, audience }: Awaited<ReturnType<typeof build>>,
  ids: readonly string[],
): Promise<void> {
  const csvFile = join(dataDir, 'audience.csv')
  await writeFile(csvFile, csv)
  const size = audience.counts.exported
  const input = { vectors: vectorsFile, dimensions: DIMENSIONS, seeds: seedRows, size, csv: csvFile, ids }
  const output = await python([here('audience/agree.py')], { input: JSON.stringify(input) })
  const answer: { ours: Compared; peer: Compared; largestDifference: number } = JSON.parse(output.toString())
  const text = ({ users, agreed, both, size }: Compared) =>
    `${agreed} of ${users} users; ${both} of the ${size} that belong into the audience are there`
  console.log(`agrees with numpy: ${text(answer.ours)}`)
  console.log(`largest difference of a similarity: ${answer.largestDifference.toExponential(1)}`)
  console.log(`the loop of RedisVL agrees: ${text(answer.peer)}`)
}

/** What a marketer would program without audiences: a KNN for each seed, with k as the size of the audience. */
async function plainLoop(): Promise<string[]> {
  const k = Math.round(users / 100)
  const cpuBefore = await redisCpu()
  const index = { url: server.url, index: definition.name, prefix: definition.prefix }
  const input = { ...index, vectors: vectorsFile, dimensions: DIMENSIONS, seeds: seedRows, k, size: k }
  const output = await redisVl([here('audience/knn_loop.py')], { input: JSON.stringify(input) })
  const { seconds, ids }: { seconds: number; ids: string[] } = JSON.parse(output.toString())
  const cpu = (await redisCpu()) - cpuBefore
  console.log(
    `a loop of ${seeds} KNN calls by RedisVL: ${seconds.toFixed(1)} s, of which Redis ${cpu.toFixed(1)} s`,
  )
  return ids
}
