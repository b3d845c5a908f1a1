import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { arch, availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { bundleEntry } from '../../dev/bundle.mjs'
import { startRedis } from '../../dev/redis/start.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop, connectTo, storeBikeShop } from '../support/bike-shop.ts'
import { percentile } from '../support/distribution.ts'
import { httpEvent } from '../support/http-event.ts'

// npm run bench:cold [-- --starts 41]
// From the start of a process to the first answer: the packaged search, and a bundle with nothing but a Redis client.

const { values } = parseArgs({ options: { starts: { type: 'string', default: '41' } } })
const starts = Number(values.starts)
const LIMIT = 1.25
const runner = fileURLToPath(new URL('cold/first-answer.mjs', import.meta.url))
const event = httpEvent('POST /search', { body: JSON.stringify({ vector: [0.9, 0.7, 0.2], k: 2 }) })

const folder = await mkdtemp(join(tmpdir(), 'lookalike-cold-'))
const server = await startRedis()
try {
  console.log(`${availableParallelism()} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}`)
  const admin = connectTo(server)
  await provisionIndex({ redis: admin, definition: bikeShop })
  await storeBikeShop(admin)
  await admin.close()

  const search = join(folder, 'search-users')
  const floor = join(folder, 'redis-only')
  await bundleEntry('functions/search-users.ts', search)
  await bundleEntry('test/bench/cold/redis-only.ts', floor)
  await describeBundle('search-users', search)
  await describeBundle('the Redis client alone', floor)
  await expectNoSdk(search)

  const times: Record<'search' | 'floor', number[]> = { search: [], floor: [] }
  for (let i = 0; i < starts; i++) {
    times.floor.push(await firstAnswer(floor))
    times.search.push(await firstAnswer(search))
  }
  const [ours, least] = [percentile(times.search, 0.5), percentile(times.floor, 0.5)]
  console.log(
    `first answer, median of ${starts}: ${ours.toFixed(0)} ms, the Redis client alone ${least.toFixed(0)} ms: ${(ours / least).toFixed(2)} ×`,
  )
  if (ours / least > LIMIT) {
    console.error(`MISSED: expected at most ${LIMIT} ×`)
    process.exitCode = 1
  }
} finally {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

async function firstAnswer(bundle: string): Promise<number> {
  const entry = pathToFileURL(join(bundle, 'index.mjs')).href
  const startedAt = performance.now()
  const child = spawn(process.execPath, [runner, entry, JSON.stringify(event)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, REDIS_URL: server.url },
  })
  const answer = text(child.stderr)
  await once(child.stderr, 'data')
  const ms = performance.now() - startedAt
  if (!(await answer).includes('0.0339003')) throw new Error(`Expected users 1 and 2, got ${await answer}`)
  return ms
}

/** What a cold start reads, and what lies beside it for the day that it is needed. */
async function describeBundle(name: string, bundle: string): Promise<void> {
  const files = await readdir(bundle)
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(bundle, file))).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const atStart = (await readAtStart(bundle)).reduce((sum, source) => sum + Buffer.byteLength(source), 0)
  console.log(`${name}: ${kilobytes(atStart)} read at a cold start, ${kilobytes(total)} in all`)
}

/** The AWS SDK is for REDIS_URL_PARAMETER and REDIS_URL_SECRET, and is read only with them. */
async function expectNoSdk(bundle: string): Promise<void> {
  const sdk = (await readAtStart(bundle)).find((source) => /AmazonSSM|smithy|x-amz-/i.test(source))
  if (sdk !== undefined) throw new Error('Expected no AWS SDK in what a cold start reads')
}

/** The entry and what it imports without `import()`. */
async function readAtStart(bundle: string): Promise<string[]> {
  const sources = new Map<string, string>()
  const visit = async (file: string): Promise<void> => {
    if (sources.has(file)) return
    const source = await readFile(join(bundle, file), 'utf8')
    sources.set(file, source)
    for (const [, imported = ''] of source.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)) await visit(imported)
  }
  await visit('index.mjs')
  return [...sources.values()]
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KB`
}
