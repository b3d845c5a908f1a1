import { randomUUID } from 'node:crypto'
import type { ScheduledEvent } from 'aws-lambda'
import { account, region } from './identity.ts'
import type { Invoke } from './lambda.ts'
import { reportError } from './report.ts'
import type { Schedule } from './serverless-config.ts'

export interface ScheduleOptions {
  schedules: readonly Schedule[]
  invoke: Invoke
  report?: (message: string, error: unknown) => void
}

/**
 * A local EventBridge scheduler for `rate(…)`. As in EventBridge, the first run comes one interval after the start.
 */
export function startSchedules({ schedules, invoke, report = reportError }: ScheduleOptions): {
  stop(): void
} {
  const timers = schedules.map(({ rate, functionName }) => {
    const run = () =>
      invoke(functionName, toScheduledEvent(functionName)).catch((error: unknown) =>
        report(`The scheduled run of ${functionName} failed:`, error),
      )
    return setInterval(run, parseRate(rate)).unref()
  })
  return { stop: () => timers.forEach(clearInterval) }
}

const unitMilliseconds = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

/** The milliseconds of `rate(15 minutes)`. Throws for any other text, including cron expressions. */
export function parseRate(expression: string): number {
  const [, count, unit] = expression.match(/^rate\(([1-9]\d*) (minute|hour|day)s?\)$/) ?? []
  if (unit === 'minute' || unit === 'hour' || unit === 'day') return Number(count) * unitMilliseconds[unit]
  throw new Error(`Expected a schedule like rate(15 minutes), got ${expression}: only rates run locally`)
}

function toScheduledEvent(functionName: string): ScheduledEvent {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account,
    time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    region,
    resources: [`arn:aws:events:${region}:${account}:rule/${functionName}`],
    detail: {},
  }
}
