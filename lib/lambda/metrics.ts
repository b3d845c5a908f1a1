/**
 * Fields of a log line that CloudWatch turns into metrics (Embedded Metric Format): `{Recall: 0.994}` in the
 * namespace Lookalike, by the dimensions. Omits null values.
 */
export function metrics(
  dimensions: Record<string, string>,
  values: Record<string, number | null>,
  now = Date.now(),
): Record<string, unknown> {
  const present = Object.entries(values).filter(([, value]) => value !== null)
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: 'Lookalike',
          Dimensions: [Object.keys(dimensions)],
          Metrics: present.map(([Name]) => ({ Name })),
        },
      ],
    },
    ...dimensions,
    ...Object.fromEntries(present),
  }
}
