import { type AppError, causes, toAppError } from '../errors.ts'
import type { MetricName } from './metric-table.ts'
import { readableStack } from './readable-stack.ts'

const AWS_CODES: ReadonlySet<string> = new Set([
  ...['OBJECT_UNAVAILABLE', 'UPLOAD_LOST', 'QUEUE_UNAVAILABLE', 'SECRET_UNAVAILABLE'],
])
const REDIS_CODE = /^(REDIS_|MODULE_MISSING$|TRANSPORT_UNSUPPORTED$)/
const INDEX_CODE = /^INDEX_(MISSING|DRIFTED)$/

/** The metric that counts an error: which part of the system a person looks at first. */
export function failureMetric({ code, status }: AppError): MetricName {
  if (status < 500) return 'CallerErrors'
  if (REDIS_CODE.test(code)) return 'RedisErrors'
  if (INDEX_CODE.test(code)) return 'IndexErrors'
  return AWS_CODES.has(code) ? 'AwsErrors' : 'InternalErrors'
}

/** An error as a line of the log shows it. An unforeseen one has its stack: no other line says where it happened. */
export function describeFailure(error: AppError): Record<string, unknown> {
  const { code, message } = error
  const stack = code === 'INTERNAL' ? readableStack(error) : undefined
  return { code, reason: message, cause: causes(error), stack }
}

/**
 * The error that Lambda shows to the caller of a direct invocation. Its type is the code. Its message has the chain of
 * causes, without credentials: the caller has no log at hand, and "Redis cannot be reached" alone does not help.
 */
export function toLambdaError(thrown: unknown): Error {
  const error = toAppError(thrown)
  const why = causes(error)
  const message = why.length === 0 ? error.message : `${error.message} (${why.join(' ← ')})`
  const shown = new Error(message, { cause: thrown })
  shown.name = error.code
  shown.stack = [`${error.code}: ${message}`, ...readableStack(error)].join('\n    ')
  return shown
}
