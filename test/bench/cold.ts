import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
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
import { startSlowSsm } from './cold/ssm.ts'

// npm run bench:cold [-- --starts 41]
// From the start of a process to the first answer: a bundle with nothing but a Redis client, the packaged search with a
// plain REDIS_URL, and as it is deployed, with the URL in an SSM that answers after 10 to 30 ms.

const { values } = parseArgs({ options: { starts: { type: 'string', default: '41' } } })
const starts = Number(values.starts)
const LIMIT = 1.25
const SSM_LIMIT = 1.3
const runner = fileURLToPath(new URL('cold/first-answer.mjs', import.meta.url))
const event = httpEvent('POST /search', { body: JSON.stringify({ vector: [0.9, 0.7, 0.2], k: 2 }) })

const folder = await mkdtemp(join(tmpdir(), 'lookalike-cold-'))
const server = await startRedis()
const ssm = await startSlowSsm(server.url)
const authority = join(folder, 'authority.pem')
/** Tells the function that Lambda runs it, so that it connects while it is loaded. */
const lambda = { AWS_LAMBDA_RUNTIME_API: 'bench', STAGE: '' }
try {
  console.log(`${availableParallelism()} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}`)
  await writeFile(authority, ssm.authority)
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

  const times = { floor: newTimes(), plain: newTimes(), parameter: newTimes() }
  for (let i = 0; i < starts; i++) {
    note(times.floor, await firstAnswer(floor, { REDIS_URL: server.url }))
    note(times.plain, await firstAnswer(search, { ...lambda, REDIS_URL: server.url }))
    note(times.parameter, await firstAnswer(search, { ...lambda, ...ssm.env }))
  }
  for (const [name, { all, invocation }] of Object.entries(times)) {
    console.log(
      `${name}: ${median(all)} ms to the first answer, ${median(invocation)} ms of it the invocation`,
    )
  }
  expectAtMost(LIMIT, 'search by a plain URL, to the Redis client alone', times.plain.all, times.floor.all)
  const { parameter, plain } = times
  expectAtMost(
    SSM_LIMIT,
    'invocation with the URL from SSM, to a plain URL',
    parameter.invocation,
    plain.invocation,
  )
  expectAtMost(SSM_LIMIT, 'start and invocation, the same', parameter.all, plain.all)
} finally {
  ssm.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
}

/** Milliseconds from the start of the process, and of the invocation alone. */
interface Times {
  all: number[]
  invocation: number[]
}

function newTimes(): Times {
  return { all: [], invocation: [] }
}

function note(times: Times, { all, invocation }: { all: number; invocation: number }): void {
  times.all.push(all)
  times.invocation.push(invocation)
}

function median(values: readonly number[]): string {
  return percentile([...values], 0.5).toFixed(0)
}

function expectAtMost(limit: number, name: string, ours: number[], least: number[]): void {
  const ratio = percentile(ours, 0.5) / percentile(least, 0.5)
  console.log(`${name}: ${ratio.toFixed(2)} ×`)
  if (ratio <= limit) return
  console.error(`MISSED: expected at most ${limit} ×`)
  process.exitCode = 1
}

async function firstAnswer(bundle: string, env: Record<string, string>) {
  const entry = pathToFileURL(join(bundle, 'index.mjs')).href
  const startedAt = performance.now()
  const child = spawn(process.execPath, [runner, entry, JSON.stringify(event)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: authority, ...env },
  })
  const answer = text(child.stderr)
  await once(child.stderr, 'data')
  const all = performance.now() - startedAt
  if (!(await answer).includes('0.0339003')) throw new Error(`Expected users 1 and 2, got ${await answer}`)
  return { all, invocation: Number(JSON.parse(await answer).invocationMs) }
}

/** What a cold start reads, and what lies beside it for the day that it is needed. */
async function describeBundle(name: string, bundle: string): Promise<void> {
  const files = await readdir(bundle)
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(bundle, file))).size))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const atStart = (await readAtStart(bundle)).reduce((sum, source) => sum + Buffer.byteLength(source), 0)
  console.log(`${name}: ${kilobytes(atStart)} read at a cold start, ${kilobytes(total)} in all`)
}

/** A search needs no client of the AWS SDK: one signed request reads the URL. */
async function expectNoSdk(bundle: string): Promise<void> {
  const sdk = (await readAtStart(bundle)).find((source) => /smithy|aws-sdk-nodejs/i.test(source))
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
