import { METRICS, type MetricName } from './metric-table.ts'

/** Where the metrics of one function go. */
export interface MetricsOptions {
  /** The stage that is deployed. Without one, as on a developer's machine, nothing is written. */
  stage: string | undefined
  functionName: string
  write?: (line: string) => void
}

/** Measured values by metric. A null was not measured and is left out. */
export type MetricValues = Partial<Record<MetricName, number | null>>

export interface MetricsContext {
  /** A third dimension, such as `{k: '10'}`. CloudWatch charges for each of its values. */
  dimensions?: Record<string, string>
  /** Members of the line that are no metrics, such as ids: they cost nothing and can be searched for. */
  about?: Record<string, unknown>
}

export type Metrics = (values: MetricValues, context?: MetricsContext) => void

const NAMESPACE = 'Lookalike'

/**
 * Writes metrics as lines that CloudWatch reads (Embedded Metric Format), in the namespace Lookalike, by `stage` and
 * `function`. The lines do not pass the logger, because a level of WARN must not silence an alarm.
 *
 * `@aws-lambda-powertools/metrics` does the same. It adds 15 KB to what each cold start reads; this file and its table
 * add 6 KB.
 */
export function createMetrics({ stage, functionName, write = writeLine }: MetricsOptions): Metrics {
  if (stage === undefined) return () => {}
  return (values, { dimensions = {}, about = {} } = {}) => {
    const present = Object.entries(values).filter(([, value]) => value !== null)
    if (present.length === 0) return
    const by = { stage, function: functionName, ...dimensions }
    write(
      JSON.stringify({
        ...about,
        ...describe(Object.keys(by), values),
        ...by,
        ...Object.fromEntries(present),
      }),
    )
  }
}

function describe(dimensions: string[], values: MetricValues): object {
  const Metrics = Object.entries(METRICS)
    .filter(([name]) => isPresent(values, name))
    .map(([Name, { unit: Unit }]) => ({ Name, Unit }))
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: [dimensions], Metrics }],
    },
  }
}

function isPresent(values: MetricValues, name: string): boolean {
  return Object.entries(values).some(([key, value]) => key === name && value !== null)
}

/** Not by `console`: with Lambda's own JSON log format, Node's runtime would wrap the line and filter it by level. */
function writeLine(line: string): void {
  process.stdout.write(`${line}\n`)
}
