import { resolve } from 'node:path'
import { loadConfig } from '../lib/config.ts'
import { hostsOf, isHttpUrl } from '../lib/redis/url.ts'
import { runDemo } from './demo.ts'
import { withLock } from './lock.mjs'
import { type Stack, type StackOptions, startStack } from './stack.ts'
import { assertWritable } from './writable.mjs'

// `npm start`: everything that the README's first page speaks of, on this machine.

try {
  const dataDir = resolve(process.env.DATA_DIR || '.lookalike')
  assertWritable(dataDir, 'set DATA_DIR to one for the data')
  await withLock(`${dataDir}/start`, () => run(dataDir), {
    patienceMs: 0,
    busy: (pid: number) =>
      `Lookalike runs in ${dataDir} already, as process ${pid}: stop it, or set DATA_DIR`,
  })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
// The functions keep their connections for the next call, which would keep this process, too.
process.exit()

async function run(dataDir: string): Promise<void> {
  const asked = askedToStop()
  process.env.LOG_LEVEL ||= 'WARN'
  let isReady = false
  const isOther = Boolean(process.env.REDIS_URL)
  const { definition, redis } = loadConfig({
    ...process.env,
    REDIS_URL: process.env.REDIS_URL || 'redis://127.0.0.1',
    // Meant for what is deployed; `npm start` honours REDIS_URL alone.
    REDIS_URL_PARAMETER: undefined,
    REDIS_URL_SECRET: undefined,
  })
  const stack = await startStack({
    dataDir,
    port: portOf('PORT', 3000),
    s3Port: portOf('S3_PORT', 4569),
    // With its token, where it is of a gateway.
    redisUrl: isOther && redis.source.from === 'environment' ? redis.source.url : undefined,
    definition,
    intercept: ({ rawPath }) => (rawPath === '/health' && !isReady ? starting() : undefined),
  })
  try {
    await stack.invoke('provision-index', {})
    if (isHttpUrl(stack.redisUrl)) console.log(noImports())
    // What lies in the bucket and was not imported: the queue forgets, and nothing of the last start still runs.
    else await stack.invoke('imports', { deadAfterSeconds: 0 })
    if (isOther) console.log('REDIS_URL is set: no demo data is uploaded')
    else if (definition.vector.dimensions !== 3)
      console.log('The demo is left out: its vectors have 3 dimensions')
    else await Promise.race([runDemo(stack), asked])
    isReady = true
    console.log(addresses(stack))
    await asked
  } finally {
    await stack.stop()
  }
}

function noImports(): string {
  return 'REDIS_URL is HTTP: searches are served; imports are refused, for they need a connection of their own (redis:// or rediss://)'
}

function starting() {
  const body = JSON.stringify({ status: 'unavailable', problems: ['Lookalike is starting'] })
  return { statusCode: 503, headers: { 'content-type': 'application/json', 'retry-after': '1' }, body }
}

function portOf(variable: string, standard: number): StackOptions['port'] {
  const text = process.env[variable]
  if (!text) return { wanted: standard, isExplicit: false }
  const wanted = Number(text)
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_535) {
    throw new Error(`${variable}: expected a port, got "${text}"`)
  }
  return { wanted, isExplicit: true }
}

function askedToStop(): Promise<void> {
  return new Promise((resolveAsked) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolveAsked())
  })
}

function addresses({ apiUrl, s3Url, bucket, redisUrl }: Stack): string {
  return `
Lookalike is ready.

  API    ${apiUrl}      try ${apiUrl}/users/1/similar?k=3
  S3     ${s3Url}      bucket ${bucket}${isHttpUrl(redisUrl) ? '' : ': what you put under imports/ is imported'}
  Redis  ${hostsOf(redisUrl)}

  npm run search -- --vector 0.9,0.7,0.2 --k 2
  npm run import -- FILE.ndjson

Ctrl-C ends it.`
}
