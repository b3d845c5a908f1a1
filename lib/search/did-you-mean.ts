import type { IndexDefinition } from '../definition.ts'
import { editDistance } from '../fields/edit-distance.ts'

/** ` (did you mean labels?)`, or nothing when no known name is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const limit = Math.max(1, Math.floor(name.length / 3))
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: editDistance(name.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((a, b) => a.edits - b.edits)
  return nearest === undefined ? '' : ` (did you mean ${nearest.candidate}?)`
}

/** The same for a field. A caller that knows the documents may write a path (`$.address.city`, `address.city`) for an alias. */
export function didYouMeanField(name: string, fields: IndexDefinition['fields']): string {
  const field = fields.find(({ path }) => path === name || path === `$.${name}`)
  if (field !== undefined) return ` (did you mean ${field.alias}?)`
  const aliases = fields.map(({ alias }) => alias)
  return didYouMean(name, aliases)
}
