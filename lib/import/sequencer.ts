/**
 * The order of two events of one object: negative when the first is the earlier one. Sequencers are hexadecimal and of
 * unequal length; S3 says to fill up the shorter on its right before they are compared.
 */
export function compareSequencers(a: string, b: string): number {
  const length = Math.max(a.length, b.length)
  const [first, second] = [a, b].map((text) => text.toUpperCase().padEnd(length, '0'))
  if (first === undefined || second === undefined || first === second) return 0
  return first < second ? -1 : 1
}

/** The greater of the two; null is none. */
export function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b
  return compareSequencers(a, b) < 0 ? b : a
}
