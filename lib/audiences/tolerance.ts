/** Two computations of one similarity differ by less. An inner product may be large, and a float32 has seven digits. */
export function toleranceOf(similarity: number): number {
  return 1e-6 * Math.max(1, Math.abs(similarity))
}
