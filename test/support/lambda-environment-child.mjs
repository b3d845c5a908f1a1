import { createInterface } from 'node:readline'
import { jsonLine } from './json-line.mjs'

// The process of a Lambda environment (lambda-environment.ts): a request a line comes in, and goes out answered.
// Plain JavaScript: a bundle is then measured without what Node needs to strip types.

const [module = '', functionName = ''] = process.argv.slice(2)
for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, die)

const { handler } = await import(module)
if (typeof handler !== 'function') throw new Error(`${module} must export a handler`)
answer({})
for await (const line of createInterface(process.stdin)) {
  const { event, timeoutMs } = JSON.parse(line)
  const startedAt = performance.now()
  const outcome = await invoke(event, Date.now() + timeoutMs)
  answer({ ...outcome, ms: performance.now() - startedAt })
}

/**
 * @param {unknown} event
 * @param {number} endsAt epoch milliseconds
 * @returns {Promise<{ result: unknown } | { error: string }>}
 */
async function invoke(event, endsAt) {
  const context = { functionName, getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()) }
  try {
    return { result: await handler(event, context) }
  } catch (error) {
    if (!(error instanceof Error)) return { error: String(error) }
    return { error: `${'code' in error ? error.code : error.name}: ${error.message}` }
  }
}

/** @param {object} value */
function answer(value) {
  process.stdout.write(`answer ${jsonLine(value)}`)
}

/**
 * Lambda ends an environment that a stray error has reached, whatever it was about to answer.
 * @param {unknown} error
 */
function die(error) {
  process.stderr.write(`fatal: ${error instanceof Error ? error.stack : error}\n`)
  process.exit(1)
}
