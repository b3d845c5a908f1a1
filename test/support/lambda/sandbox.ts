import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'

import { provideRuntimeClient } from './runtime-client.ts'

export interface SandboxOptions {
  /** The folder of the unpacked zip. */
  taskRoot: string
  /** As the template has it: `dist/search-users/index.handler`. */
  handler: string
  timeoutSeconds: number
  memoryMegabytes: number
  env: Record<string, string>
}

export interface Sandbox {
  /** Resolves to the result. Rejects with the error that Lambda would answer, with its type as the name. */
  invoke(event: unknown): Promise<unknown>
  /** How often an environment was initialized. */
  inits(): number
  /** All that its environments have written. */
  output(): string
  stop(): Promise<void>
}

interface Outcome {
  result?: unknown
  error?: { errorType: string; errorMessage: string }
}

const FUNCTION_NAME = 'lookalike'
/** How long Lambda lets an environment initialize. */
const INIT_MS = 10_000
const WATCH_MS = 50

/**
 * Lambda's Runtime API for one function, over HTTP, and the environment that asks it for events by Lambda's own runtime
 * client. It enforces what
 * Lambda enforces: an environment is frozen between two invocations, and killed at its timeout or above its memory. The
 * next invocation then begins with another environment.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { taskRoot, handler, timeoutSeconds, memoryMegabytes, env } = options
  const runtimeClient = await provideRuntimeClient()
  let output = ''
  let inits = 0
  let child: ChildProcess | undefined
  /** The environment's open request for its next event. */
  let next = Promise.withResolvers<ServerResponse>()
  let outcome = Promise.withResolvers<Outcome>()

  const server = createServer(async (request, response) => {
    const path = request.url ?? ''
    if (path.endsWith('/invocation/next')) return next.resolve(response)
    const body: unknown = JSON.parse(await text(request))
    response.writeHead(202).end()
    if (path.endsWith('/response')) outcome.resolve({ result: body })
    else outcome.resolve({ error: toError(body) })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const api = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`

  function start(): ChildProcess {
    inits++
    next = Promise.withResolvers()
    const started = spawn(process.execPath, [runtimeClient, handler], {
      cwd: taskRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        AWS_LAMBDA_RUNTIME_API: api,
        AWS_LAMBDA_FUNCTION_NAME: FUNCTION_NAME,
        AWS_LAMBDA_FUNCTION_VERSION: '7',
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${FUNCTION_NAME}`,
        AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/28/[7]0',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
        LAMBDA_TASK_ROOT: taskRoot,
        _HANDLER: handler,
        ...env,
      },
    })
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding('utf8').on('data', (chunk) => (output += chunk))
    return started
  }

  async function invoke(event: unknown): Promise<unknown> {
    child ??= start()
    const running = child
    running.kill('SIGCONT')
    outcome = Promise.withResolvers()
    const id = crypto.randomUUID()
    const died = once(running, 'exit').then(() => failure('Runtime.ExitError', `${id} Error: Runtime exited`))
    const response = await Promise.race([
      next.promise,
      outcome.promise,
      died,
      after(INIT_MS, 'Init timed out'),
    ])
    if (!('writeHead' in response)) return end(running, response)
    next = Promise.withResolvers()
    const deadline = Date.now() + timeoutSeconds * 1000
    // Each of them is in every answer of Lambda, and the runtime client crashes where one is missing.
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-invoked-function-arn': `arn:aws:lambda:eu-central-1:000000000000:function:${FUNCTION_NAME}`,
      'lambda-runtime-trace-id': `Root=1-${id.slice(0, 8)}-${id.replaceAll('-', '').slice(8)};Sampled=0`,
      'lambda-runtime-deadline-ms': String(deadline),
    })
    response.end(JSON.stringify(event))
    const limit = `${id} Task timed out after ${timeoutSeconds.toFixed(2)} seconds`
    const memory = watchMemory(running, memoryMegabytes)
    try {
      const ended = await Promise.race([
        outcome.promise,
        died,
        memory.exceeded,
        after(timeoutSeconds * 1000, limit),
      ])
      if (ended.error?.errorType.startsWith('Runtime.') || ended.error?.errorType === 'Sandbox.Timedout')
        return end(running, ended)
      running.kill('SIGSTOP')
      return toResult(ended)
    } finally {
      memory.stop()
    }
  }

  function end(running: ChildProcess, ended: Outcome): unknown {
    running.kill('SIGKILL')
    child = undefined
    return toResult(ended)
  }

  return {
    invoke,
    inits: () => inits,
    output: () => output,
    async stop() {
      child?.kill('SIGKILL')
      server.close()
      server.closeAllConnections()
    },
  }
}

function toResult({ result, error }: Outcome): unknown {
  if (error === undefined) return result
  throw Object.assign(new Error(error.errorMessage), { name: error.errorType })
}

function failure(errorType: string, errorMessage: string): Outcome {
  return { error: { errorType, errorMessage } }
}

function toError(body: unknown): { errorType: string; errorMessage: string } {
  const has = (name: string) => typeof body === 'object' && body !== null && Object.hasOwn(body, name)
  const fields: Record<string, unknown> = has('errorType') ? { ...(body as object) } : {}
  return { errorType: String(fields.errorType), errorMessage: String(fields.errorMessage) }
}

function after(ms: number, message: string): Promise<Outcome> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(failure('Sandbox.Timedout', message)), ms).unref()
  })
}

/** Lambda kills an environment with more resident memory than the function has. Linux reports it in /proc. */
function watchMemory({ pid }: ChildProcess, megabytes: number) {
  const { promise, resolve } = Promise.withResolvers<Outcome>()
  const timer = setInterval(() => {
    const resident = /^VmRSS:\s+(\d+) kB/m.exec(readStatus(pid))
    if (Number(resident?.[1] ?? 0) <= megabytes * 1024) return
    resolve(failure('Runtime.OutOfMemory', `Runtime exited: more than ${megabytes} MB`))
  }, WATCH_MS)
  return { exceeded: promise, stop: () => clearInterval(timer) }
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
