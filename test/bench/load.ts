import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { arch, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { type RedisServer, startRedis } from '../../dev/redis/start.ts'
import type { SearchAnswer } from '../../lib/search/search-answer-schema.ts'
import { toBytes } from '../../lib/vector.ts'
import { DIMENSIONS, nearestReaders, queries, readersFile } from '../support/readers.ts'
import { type RunningStack, run, startProcess } from '../support/stack-process.ts'

// npm run bench:load [-- --seconds 60 --callers 200]
// The local stack under load, and again with Redis killed and started in the middle.

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, callers: { type: 'string', default: '200' } },
})
const seconds = Number(values.seconds)
const callers = Number(values.callers)
const WORST_ERROR_MS = 5_100
const BACK_WITHIN_MS = 2_000

interface Answered {
  at: number
  status: number
  ms: number
}

const folder = await mkdtemp(join(tmpdir(), 'lookalike-load-'))
let redis = await startRedis({ dir: join(folder, 'redis'), appendonly: true })
const stack = await startProcess(join(folder, 'data'), {
  REDIS_URL: redis.url,
  INDEX_DEFINITION: `{"vector":{"dimensions":${DIMENSIONS}}}`,
  // Errors are counted here; two hundred log lines each would be what is measured.
  LOG_LEVEL: 'SILENT',
})
const failures: string[] = []
try {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}, Redis ${redis.version}`,
  )
  await importReaders(stack)
  await checkAnswers(stack)

  const calm = await load(stack)
  report(`${callers} callers, ${seconds} s`, calm)
  if (errorsOf(calm).length > 0) failures.push(`${errorsOf(calm).length} errors although nothing happened`)

  let backAt = 0
  const restart = delay((seconds * 1000) / 2).then(async () => {
    await redis.kill()
    redis = await restarted(redis)
    backAt = performance.now()
  })
  const [stormy] = await Promise.all([load(stack), restart])
  report(`the same, Redis killed and started after ${seconds / 2} s`, stormy)
  judge(stormy, backAt)
} finally {
  await stack.end('SIGKILL')
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
}
for (const failure of failures) console.error(`FAILED: ${failure}`)
process.exit(failures.length === 0 ? 0 : 1)

async function importReaders({ dataDir }: RunningStack): Promise<void> {
  const file = join(folder, 'readers.ndjson')
  await writeFile(file, readersFile())
  const { status, stderr } = await run({ dataDir }, ['dev/cli/import.ts', file])
  if (status !== 0) throw new Error(`The import failed: ${stderr}`)
}

/** Nothing is timed that does not answer right. */
async function checkAnswers({ apiUrl }: RunningStack): Promise<void> {
  let found = 0
  for (const query of queries) {
    const response = await fetch(`${apiUrl}/search`, { method: 'POST', body: bodyOf(query) })
    const { results }: SearchAnswer = JSON.parse(await response.text())
    const truth = nearestReaders(query, 10)
    found += results.filter(({ id }) => truth.includes(id)).length
  }
  const recall = found / (10 * queries.length)
  console.log(`recall@10 ${recall.toFixed(3)}, 2,000 real embeddings of ${DIMENSIONS} dimensions`)
  if (recall < 0.99) throw new Error('Expected a recall of at least 0.99')
}

function bodyOf(query: Float32Array): string {
  return JSON.stringify({ vector: toBytes(query, 'FLOAT32').toString('base64') })
}

function load({ apiUrl }: RunningStack): Promise<Answered[]> {
  const answered: Answered[] = []
  const { promise, resolve, reject } = Promise.withResolvers<Answered[]>()
  const cannon = autocannon(
    {
      url: `${apiUrl}/search`,
      connections: callers,
      duration: seconds,
      requests: queries.map((query) => ({ method: 'POST' as const, body: bodyOf(query) })),
      headers: { 'content-type': 'application/json' },
      timeout: 10,
    },
    (error: unknown) => (error ? reject(error) : resolve(answered)),
  )
  cannon.on('response', (_client, status, _bytes, ms) => answered.push({ at: performance.now(), status, ms }))
  cannon.on('reqError', () => answered.push({ at: performance.now(), status: 0, ms: 0 }))
  return promise
}

async function restarted(dead: RedisServer): Promise<RedisServer> {
  return startRedis({ dir: join(folder, 'redis'), appendonly: true, port: dead.port })
}

function errorsOf(answered: Answered[]): Answered[] {
  return answered.filter(({ status }) => status !== 200)
}

function report(title: string, answered: Answered[]): void {
  const good = answered
    .filter(({ status }) => status === 200)
    .map(({ ms }) => ms)
    .toSorted((a, b) => a - b)
  const percentile = (share: number) =>
    (good[Math.min(good.length - 1, Math.floor(good.length * share))] ?? 0).toFixed(1)
  const statuses = Object.entries(Object.groupBy(errorsOf(answered), ({ status }) => status))
  const errors = statuses.map(([status, list]) => `${list?.length} × ${status}`).join(', ') || 'none'
  console.log(
    `${title}: ${Math.round(good.length / seconds)} searches/s, p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, p99.9 ${percentile(0.999)} ms, errors: ${errors}`,
  )
}

/** Every error is a 503 in time, and within two seconds of Redis's return the rate is that of before. */
function judge(answered: Answered[], backAt: number): void {
  const errors = errorsOf(answered)
  const other = errors.filter(({ status }) => status !== 503)
  if (other.length > 0) failures.push(`${other.length} errors were no 503`)
  const slowest = Math.max(0, ...errors.map(({ ms }) => ms))
  if (slowest > WORST_ERROR_MS) failures.push(`an error took ${slowest} ms`)

  const perSecond = (from: number, to: number) =>
    answered.filter(({ at, status }) => status === 200 && at >= from && at < to).length / ((to - from) / 1000)
  const start = answered[0]?.at ?? 0
  const before = perSecond(start + 1_000, start + (seconds * 1000) / 2 - 500)
  const after = perSecond(
    backAt + BACK_WITHIN_MS,
    answered.reduce((latest, { at }) => Math.max(latest, at), 0),
  )
  const firstGood = answered.find(({ at, status }) => at >= backAt && status === 200)
  const backMs = Math.round((firstGood?.at ?? Number.POSITIVE_INFINITY) - backAt)
  console.log(
    `slowest error ${Math.round(slowest)} ms; first answer ${backMs} ms after Redis was back; rate before ${Math.round(before)}/s, from two seconds after its return ${Math.round(after)}/s`,
  )
  if (backMs > BACK_WITHIN_MS) failures.push(`the first answer came ${backMs} ms after Redis was back`)
  if (after < 0.8 * before)
    failures.push(`the rate fell from ${Math.round(before)} to ${Math.round(after)} a second`)
}
