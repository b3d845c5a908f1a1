import type { IndexDefinition } from '../definition.ts'

/** ` (did you mean labels?)`, or nothing when no known name is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const limit = Math.max(1, Math.floor(name.length / 3))
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((a, b) => a.edits - b.edits)
  return nearest === undefined ? '' : ` (did you mean ${nearest.candidate}?)`
}

/** The same for a field: who knows the documents writes a path (`$.address.city`, `address.city`) for an alias. */
export function didYouMeanField(name: string, fields: IndexDefinition['fields']): string {
  const field = fields.find(({ path }) => path === name || path === `$.${name}`)
  if (field !== undefined) return ` (did you mean ${field.alias}?)`
  const aliases = fields.map(({ alias }) => alias)
  return didYouMean(name, aliases)
}

/** Levenshtein's. Names are short: what is longer than any alias is not compared. */
function editDistance(a: string, b: string): number {
  if (a.length > 64) return Number.POSITIVE_INFINITY
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
