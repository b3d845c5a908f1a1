/**
 * Fields of a log line from which CloudWatch makes metrics (Embedded Metric Format): `{Recall: 0.994}` of the namespace
 * Lookalike, by the dimensions. A value that is null is left out.
 */
export function metrics(
  dimensions: Record<string, string>,
  values: Record<string, number | null>,
  now = Date.now(),
): Record<string, unknown> {
  const known = Object.entries(values).filter(([, value]) => value !== null)
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: 'Lookalike',
          Dimensions: [Object.keys(dimensions)],
          Metrics: known.map(([Name]) => ({ Name })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(known),
  }
}
