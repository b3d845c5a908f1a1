/** The value below which this share of the values lies: `percentile(ms, 0.99)`. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** `p50 3 ms, p99 12 ms, max 30 ms` */
export function distribution(values: readonly number[]): string {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => Math.ceil(percentile(values, share)))
  return `p50 ${p50} ms, p99 ${p99} ms, max ${max} ms`
}
