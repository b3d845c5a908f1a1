import type { Context } from 'aws-lambda'
import { ERRORS, type ErrorCode, toAppError } from '../errors.ts'
import type { RedisPool } from '../redis/redis.ts'
import { failureMetric, toLambdaError } from './failure.ts'
import { initialize } from './initialize.ts'
import { type Invocation, measure, newInvocation, noteOutcome, runInvocation } from './invocation.ts'
import { idsOf } from './invocation-ids.ts'
import { createLog, type Log } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'

/** The members of Lambda's context that our functions read. */
export type InvocationContext = Pick<Context, 'getRemainingTimeInMillis'> &
  Partial<Pick<Context, 'awsRequestId' | 'functionVersion'>>

interface EdgeOptions {
  stage: string | undefined
  isLambda?: boolean
}

/** A function's log and metrics, and what observes its invocations. */
export interface Edge {
  log: Log
  metrics: Metrics
  /**
   * The same handler. Each invocation writes one line with its ids, its outcome and its times, and its metrics. An
   * error that reaches Lambda says why.
   */
  observed<E, R>(
    handler: (event: E, context: InvocationContext) => Promise<R>,
  ): (event: E, context: InvocationContext) => Promise<R>
  /** Connects to Redis while Lambda loads the function. */
  initialize(setUp: () => { redis: RedisPool }): Promise<void>
}

export function createEdge(functionName: string, { stage, isLambda = false }: EdgeOptions): Edge {
  const log = createLog(functionName, { stage })
  const metrics = createMetrics({ stage, functionName })
  let isCold = true

  return {
    log,
    metrics,
    initialize: (setUp) => initialize({ isLambda, log, setUp }),
    observed: (handler) => (event, context) => {
      const invocation = newInvocation(idsOf(event, context))
      const startedAt = performance.now()
      return runInvocation(invocation, async () => {
        const coldStart = isCold
        isCold = false
        noteOutcome({ functionVersion: context.functionVersion, coldStart })
        // The clock of `performance` begins with the process.
        if (coldStart) measure({ ColdStarts: 1, InitMs: Math.round(startedAt) })
        const close = () => {
          noteOutcome({ tookMs: Math.round(performance.now() - startedAt) })
          end(invocation)
        }
        const result = await handler(event, context).catch((thrown: unknown) => {
          noteFailure(thrown)
          // The line first: little time may be left, and a stack reads source maps.
          close()
          throw toLambdaError(thrown)
        })
        close()
        return result
      })
    },
  }

  function end({ ids, outcome, measured, redis }: Invocation): void {
    const redisMs = Math.round(redis.ms * 10) / 10
    log[isFailure(outcome.code) ? 'error' : 'info']('invocation', { ...outcome, redisMs })
    metrics({ ...measured, RedisMs: redisMs }, { about: { ...ids } })
  }
}

/** Notes the code of a failure on the line of the invocation, and counts it. */
export function noteFailure(thrown: unknown): void {
  const error = toAppError(thrown)
  noteOutcome({ code: error.code })
  measure({ [failureMetric(error)]: 1 })
}

function isFailure(code: unknown): boolean {
  return isErrorCode(code) && ERRORS[code].status >= 500
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code)
}
