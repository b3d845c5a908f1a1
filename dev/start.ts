import { resolve } from 'node:path'
import { loadConfig } from '../lib/config.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { isHttpUrl } from '../lib/redis/url.ts'
import { findDemoObstacle, runDemo } from './demo.ts'
import { withLock } from './lock.mjs'
import { makePrivateFolder } from './own-folder.ts'
import { readPort } from './ports.ts'
import { progressLine } from './progress-line.ts'
import { readyText } from './ready-text.ts'
import { waitUntilLoaded } from './redis/loading.ts'
import { settleIndex } from './settle-index.ts'
import { startStack } from './stack.ts'
import { assertWritable } from './writable.mjs'

// `npm start`: all that the README's first page describes, on this machine.

/** All names that a start puts into DATA_DIR, and that the set-up puts into the default one. */
const OURS = /^(s3|redis|stack\.json|(start|npm-ci)(\..*)?)$/
/** A killed `npm start` needs up to 0.2 s to announce its end, and longer on a busy machine. */
const NOTICE_MS = 2_000
const STOP_MS = 60_000

const progress = progressLine()
const asked = new AbortController()
try {
  const dataDir = resolve(process.env.DATA_DIR || '.lookalike')
  assertWritable(dataDir, 'set DATA_DIR to one for the data')
  makePrivateFolder(dataDir, OURS)
  await withLock(`${dataDir}/start`, ({ announceEnd }) => run(dataDir, announceEnd), {
    patienceMs: NOTICE_MS,
    busy: (pid) => `Lookalike runs in ${dataDir} already, as process ${pid}: stop it, or set DATA_DIR`,
    ending: {
      patienceMs: STOP_MS,
      busy: (pid) => `Process ${pid} has been stopping for ${STOP_MS / 1000} s: end it with "kill -9 ${pid}"`,
      waiting: (pid) => `Waiting for the Lookalike that is stopping (process ${pid})…`,
    },
  })
} catch (error) {
  progress.clear()
  if (!isOfStop(error)) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
// The functions keep their connections for the next call, and these would keep this process running.
process.exit()

async function run(dataDir: string, announceEnd: () => void): Promise<void> {
  process.env.LOG_LEVEL ||= 'WARN'
  const isForeignRedis = Boolean(process.env.REDIS_URL)
  const { definition, redis, maxK } = loadConfig({
    ...process.env,
    REDIS_URL: process.env.REDIS_URL || 'redis://127.0.0.1',
    // These variables are for deployed functions; `npm start` only uses REDIS_URL.
    REDIS_URL_PARAMETER: undefined,
    REDIS_URL_SECRET: undefined,
  })
  // For a gateway, the URL includes its token.
  const redisUrl = isForeignRedis && redis.source.from === 'environment' ? redis.source.url : undefined
  const redisPort = readPort('REDIS_PORT', 0)
  if (redisUrl !== undefined && redisPort.isExplicit)
    throw new Error('REDIS_PORT is for the Redis that npm start runs, and REDIS_URL names another: unset one')
  const stopped = waitForSignal(announceEnd)
  const { tell } = progress
  const { signal } = asked
  if (redisUrl !== undefined) await waitUntilLoaded(connectRedis(redis), tell, signal)
  let isReady = false
  const stack = await startStack({
    dataDir,
    port: readPort('PORT', 3000),
    s3Port: readPort('S3_PORT', 4569),
    redisPort,
    redisUrl,
    definition,
    intercept: ({ rawPath }) => (rawPath === '/health' && !isReady ? starting() : undefined),
    tell,
    signal,
  })
  try {
    const { invoke } = stack
    const pool = connectRedis({ ...redis, source: { from: 'environment', url: stack.redisUrl } })
    const settled = await settleIndex({ invoke, redis: pool, definition, tell, signal })
    await pool.close()
    progress.clear()
    for (const line of stack.moved) console.log(line)
    if (isHttpUrl(stack.redisUrl)) console.log(noImports())
    // Imports unfinished objects of the bucket. The queue has forgotten them, and no import of the last start is
    // running.
    else if (settled.status.state === 'ready') {
      await invoke('imports', { deadAfterSeconds: 0 })
      await invoke('audiences', { deadAfterSeconds: 0 })
    }
    const whyNot = findDemoObstacle(settled, { definition, redisUrl })
    if (whyNot === undefined) await Promise.race([runDemo(stack, maxK), stopped])
    else if (whyNot !== '') console.log(whyNot)
    signal.throwIfAborted()
    const text = await readyText(stack, settled, { definition, maxK, dataDir, redisUrl })
    isReady = true
    console.log(text)
    await stopped
  } finally {
    announceEnd()
    await stack.stop()
  }
}

function noImports(): string {
  return 'REDIS_URL is HTTP: searches are served; imports are refused, for they need a connection of their own (redis:// or rediss://)'
}

function starting() {
  const body = JSON.stringify({ status: 'unavailable', problems: ['Lookalike is starting'], warnings: [] })
  return { statusCode: 503, headers: { 'content-type': 'application/json', 'retry-after': '1' }, body }
}

/** From now on, a signal ends the start in order, at any moment. */
function waitForSignal(announceEnd: () => void): Promise<void> {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => asked.abort())
  return new Promise((resolveAsked) => {
    asked.signal.addEventListener('abort', () => {
      announceEnd()
      resolveAsked()
    })
  })
}

function isOfStop(error: unknown): boolean {
  return asked.signal.aborted && error instanceof Error && error.name === 'AbortError'
}
