import { AsyncLocalStorage } from 'node:async_hooks'
import { METRICS, type MetricName } from './metric-table.ts'
import type { MetricValues } from './metrics.ts'

/** One invocation of a function, from its event to its line in the log. */
export interface Invocation {
  /** Every line of the log has these ids: they join it with access logs, answers and messages. */
  readonly ids: InvocationIds
  /** The members of the invocation's own line. */
  readonly outcome: Record<string, unknown>
  readonly measured: MetricValues
  /** How long at least one command of Redis was under way. */
  readonly redis: Stopwatch
}

export interface InvocationIds {
  /** Lambda's id, as its own START and REPORT lines have it. */
  requestId?: string | undefined
  /** API Gateway's id: that of its access log, and of `instance` in a problem answer. */
  apiRequestId?: string | undefined
  /** The caller's own `x-request-id`. */
  callerRequestId?: string | undefined
  /** The message of SQS. */
  messageId?: string | undefined
  /** X-Ray's trace. */
  traceId?: string | undefined
}

const current = new AsyncLocalStorage<Invocation>()

/** Runs the work as this invocation. Several may run at once in one process: on the local stack. */
export function runInvocation<T>(invocation: Invocation, work: () => Promise<T>): Promise<T> {
  return current.run(invocation, work)
}

export function newInvocation(ids: InvocationIds): Invocation {
  return { ids, outcome: {}, measured: {}, redis: new Stopwatch() }
}

/** The invocation that the caller belongs to; undefined outside one. */
export function currentInvocation(): Invocation | undefined {
  return current.getStore()
}

/** Adds members to the line of the current invocation. They are counts, names, codes and ids; never personal data. */
export function noteOutcome(fields: Record<string, unknown>): void {
  const invocation = current.getStore()
  if (invocation !== undefined) Object.assign(invocation.outcome, fields)
}

/** Adds values to the metrics of the current invocation. Counts add up. A value that is null was not measured. */
export function measure(values: MetricValues): void {
  const measured = current.getStore()?.measured
  if (measured === undefined) return
  for (const name of Object.keys(values).filter(isMetricName)) {
    const value = values[name]
    if (value === null || value === undefined) continue
    measured[name] = METRICS[name].unit === 'Count' ? (measured[name] ?? 0) + value : value
  }
}

function isMetricName(name: string): name is MetricName {
  return Object.hasOwn(METRICS, name)
}

/** Measures the time in which at least one of several overlapping calls is open. */
export class Stopwatch {
  #open = 0
  #since = 0
  #ms = 0

  start(): void {
    if (this.#open++ === 0) this.#since = performance.now()
  }

  stop(): void {
    if (--this.#open === 0) this.#ms += performance.now() - this.#since
  }

  get ms(): number {
    return this.#open === 0 ? this.#ms : this.#ms + performance.now() - this.#since
  }
}
