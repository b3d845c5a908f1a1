import { createInterface } from 'node:readline'

// The process of a Lambda environment (lambda-environment.ts): a request a line comes in, and goes out answered.

const [functionName = ''] = process.argv.slice(2)
for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, die)

const handler = await loadHandler()
answer({})
for await (const line of createInterface(process.stdin)) {
  const { event, timeoutMs }: { event: unknown; timeoutMs: number } = JSON.parse(line)
  const startedAt = performance.now()
  const outcome = await invoke(event, Date.now() + timeoutMs)
  answer({ ...outcome, ms: performance.now() - startedAt })
}

async function loadHandler(): Promise<(event: unknown, context: object) => unknown> {
  const { handler }: { handler?: unknown } = await import(`../../functions/${functionName}.ts`)
  if (typeof handler === 'function') return (event, context) => handler(event, context)
  throw new Error(`functions/${functionName}.ts must export a handler`)
}

async function invoke(event: unknown, endsAt: number): Promise<{ result: unknown } | { error: string }> {
  const context = { functionName, getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()) }
  try {
    return { result: await handler(event, context) }
  } catch (error) {
    if (!(error instanceof Error)) return { error: String(error) }
    return { error: `${'code' in error ? error.code : error.name}: ${error.message}` }
  }
}

function answer(value: object): void {
  process.stdout.write(`answer ${JSON.stringify(value)}\n`)
}

/** Lambda ends an environment that a stray error has reached, whatever it was about to answer. */
function die(error: unknown): void {
  process.stderr.write(`fatal: ${error instanceof Error ? error.stack : error}\n`)
  process.exit(1)
}
