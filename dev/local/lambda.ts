import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'
import { account, region } from './identity.ts'
import type { FunctionSettings } from './serverless-config.ts'

/** Calls a function as Lambda does. Resolves to the handler's result; rejects if Lambda would report an error. */
export type Invoke = (functionName: string, event: unknown) => Promise<unknown>

const sources = new URL('../../functions/', import.meta.url)

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: "6 MB each for request and response". */
const maxPayloadBytes = 6_291_556

/** Environment variables of one function, in addition to this process's. */
export type OwnVariables = (functionName: string) => Record<string, string>

/**
 * A local Lambda service for the sources in `functions/`. The first call loads a function, so that its environment
 * can be set before. Unlike Lambda, it runs concurrent calls in one process, and cannot kill a function at its
 * timeout.
 */
export function createInvoke(
  functions: ReadonlyMap<string, FunctionSettings>,
  { folder = sources, variables = () => ({}) }: { folder?: URL; variables?: OwnVariables } = {},
): Invoke {
  return async (functionName, event) => {
    const settings = functions.get(functionName)
    if (settings === undefined) throw new Error(`serverless.yml declares no function "${functionName}"`)

    const handler = await loadHandler(new URL(`${functionName}.ts`, folder))
    const context = createContext(functionName, settings)
    const timeout = rejectAfter(settings.timeoutSeconds, context.awsRequestId)
    try {
      const request = copyThroughJson(event, 'request')
      const running = withVariables(variables(functionName), () => handler(request, context))
      const result = await Promise.race([running, timeout.promise])
      return copyThroughJson(result, 'response')
    } finally {
      timeout.cancel()
    }
  }
}

/** The variables are set until the function first waits. By then it has read its configuration. */
function withVariables<T>(variables: Record<string, string>, run: () => T): T {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const)
  Object.assign(process.env, variables)
  try {
    return run()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name]
      else process.env[name] = value
    }
  }
}

async function loadHandler(source: URL): Promise<(event: unknown, context: Context) => unknown> {
  const module: { handler?: unknown } = await import(source.href)
  const { handler } = module
  if (typeof handler === 'function') return (event, context) => handler(event, context)
  throw new Error(`${source.pathname} must export a function "handler", got ${typeof handler}`)
}

function createContext(functionName: string, { timeoutSeconds, memoryMegabytes }: FunctionSettings): Context {
  const deadline = Date.now() + timeoutSeconds * 1000
  const throwCallbackError = () => {
    throw new Error('Node.js 24 on Lambda has no callbacks: return the result or throw an error')
  }
  return {
    awsRequestId: randomUUID(),
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${region}:${account}:function:${functionName}`,
    memoryLimitInMB: String(memoryMegabytes),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done: throwCallbackError,
    fail: throwCallbackError,
    succeed: throwCallbackError,
  }
}

function rejectAfter(seconds: number, requestId: string): { promise: Promise<never>; cancel(): void } {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const message = `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`
    reject(Object.assign(new Error(message), { name: 'Sandbox.Timedout' }))
  }, seconds * 1000)
  return { promise, cancel: () => clearTimeout(timer) }
}

/**
 * Events and results travel as JSON. A handler shares no object with its caller, and values that JSON cannot express
 * are lost.
 */
function copyThroughJson(value: unknown, direction: 'request' | 'response'): unknown {
  const text = JSON.stringify(value ?? null)
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxPayloadBytes) return JSON.parse(text)
  const message = `Lambda takes a ${direction} of ${maxPayloadBytes} bytes of JSON at most, and this has ${bytes}`
  throw Object.assign(new Error(message), {
    name: direction === 'request' ? 'RequestTooLargeException' : 'Function.ResponseSizeTooLarge',
  })
}
