import { mkdtemp, rm } from 'node:fs/promises'
import { arch, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startRedis } from '../../dev/redis/start.ts'
import { type ImportLoads, importLoads } from './import/loads.ts'
import { makeCorpus } from './search/corpus.ts'

// npm run bench:import [-- --users 20000 --pairs 5 --storage json|hash --algorithm HNSW --algorithm FLAT --without-redisvl]
// The real handler and a real S3 server, each a process of its own, beside redis-cli --pipe of the same commands and
// RedisVL's load of the same users: one after the other, again and again. What is wrong is not timed.

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '20000' },
    pairs: { type: 'string', default: '5' },
    storage: { type: 'string', default: 'json' },
    algorithm: { type: 'string', multiple: true, default: ['HNSW', 'FLAT'] },
    'without-redisvl': { type: 'boolean', default: false },
  },
})
const pairs = Number(values.pairs)
const count = Number(values.users)

/** How fast an import has to be, in multiples of the other's rate. */
const [PIPE, REDISVL, FIRST] = ['redis-cli --pipe', 'RedisVL, from the file', 'first import']
const FLOORS: Record<string, Record<string, number>> = {
  HNSW: { [PIPE]: 0.95, [REDISVL]: 1.3, [FIRST]: 5 },
  FLAT: { [PIPE]: 0.75, [REDISVL]: 4 },
}
const AGAIN_MS = 50

const failures: string[] = []
const folder = await mkdtemp(join(tmpdir(), 'lookalike-import-'))
const redis = await startRedis({ dir: join(folder, 'redis') })
try {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}, Redis ${redis.version}`,
  )
  const lines = linesOf(count)
  const size = Math.round(lines.reduce((sum, line) => sum + line.length, 0) / 2 ** 20)
  console.log(`${count} users of 384 dimensions, ${size} MiB of NDJSON; ${pairs} times each, medians`)
  for (const algorithm of values.algorithm) {
    const definition = { storage: values.storage, vector: { dimensions: 384, algorithm } }
    await withBench(lines, definition, (bench) => compare(algorithm, bench))
  }
} finally {
  await redis.stop()
  await rm(folder, { recursive: true, force: true })
}
for (const failure of failures) console.error(`MISSED: ${failure}`)
process.exit(failures.length === 0 ? 0 : 1)

async function withBench(
  lines: string[],
  definition: object,
  use: (bench: ImportLoads) => Promise<void>,
): Promise<void> {
  const bench = await importLoads(redis, { folder, lines, definition })
  try {
    await use(bench)
  } finally {
    await bench.end()
  }
}

async function compare(algorithm: string, bench: ImportLoads): Promise<void> {
  const times = new Map<string, number[]>()
  const note = (name: string, ms: number) => times.set(name, [...timesOf(name), ms])
  const timesOf = (name: string) => times.get(name) ?? []

  async function ours(): Promise<void> {
    const { ms, measuringMs, processorMs } = await bench.import()
    note('import', ms)
    note('measuring', measuringMs)
    note('processor of the import', processorMs)
    note('again', await bench.again())
    const changed = await bench.changed()
    note('changed', changed.ms)
    note('processor of the changed', changed.processorMs)
  }

  async function others(): Promise<void> {
    note(PIPE, await bench.pipe())
    if (values.storage !== 'json' || values['without-redisvl']) return
    const { ms, loadMs } = await bench.redisvl()
    note(REDISVL, ms)
    note('its load alone', loadMs)
  }

  for (let pair = 0; pair < pairs; pair++) {
    // Ours first, then last, so that it does not always follow the same one.
    for (const turn of pair % 2 === 0 ? [ours, others] : [others, ours]) await turn()
  }

  const measuring = (median(timesOf('measuring')) / 1000).toFixed(2)
  console.log(
    `\n${algorithm}, ${values.storage}: import ${shown(timesOf('import'))}; then ${measuring} s to measure recall`,
  )
  for (const name of [PIPE, REDISVL, 'its load alone'].filter((name) => times.has(name))) {
    judge(algorithm, name, `${name} ${shown(timesOf(name))}`, ratio(timesOf(name), timesOf('import')))
  }
  const changed = timesOf('changed')
  judge(
    algorithm,
    FIRST,
    `${FIRST}, beside the same users in a new object ${shown(changed)}`,
    ratio(timesOf('import'), changed),
  )
  const [first, later] = ['processor of the import', 'processor of the changed'].map((name) =>
    ((median(timesOf(name)) / count) * 1000).toFixed(1),
  )
  console.log(
    `  the importer's process takes ${first} µs of the processor a user; if all are unchanged, ${later}`,
  )
  const again = median(timesOf('again'))
  console.log(`  the same object again ${again.toFixed(0)} ms (less than ${AGAIN_MS})`)
  if (again >= AGAIN_MS) failures.push(`${algorithm}: the same object again took ${again.toFixed(0)} ms`)
}

/** The medians of the pairs' ratios, so that a machine that is slow for a while is so for both. */
function ratio(theirs: number[], ours: number[]): { median: number; text: string } {
  const ratios = ours.map((ms, i) => (theirs[i] ?? Number.NaN) / ms)
  const text = `× ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`
  return { median: median(ratios), text }
}

function judge(algorithm: string, name: string, what: string, found: ReturnType<typeof ratio>): void {
  const floor = FLOORS[algorithm]?.[name]
  console.log(`  ${found.text} ${floor === undefined ? '' : `(at least ${floor}) `}${what}`)
  if (floor !== undefined && !(found.median >= floor)) {
    failures.push(`${algorithm}, ${name}: ${found.median.toFixed(2)}, expected ${floor}`)
  }
}

/** Seven digits behind the point, as embeddings are written to files: 4.4 KB a user. */
function linesOf(users: number): string[] {
  const { vectors, labels } = makeCorpus(384, users)
  return vectors.map((vector, i) => {
    const components = Array.from(vector, (component) => Number(component.toFixed(7)))
    return `${JSON.stringify({ id: String(i), labels: labels[i], vector_embedding: components })}\n`
  })
}

function shown(times: number[]): string {
  return `${(median(times) / 1000).toFixed(2)} s, ${Math.round((count / median(times)) * 1000)} users/s`
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  return (low + high) / 2
}
