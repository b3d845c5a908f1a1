import type { ChangePlan, IndexStatus } from '../../client/src/index.ts'
import { bytes, countOf, duration, percent } from '../text/numbers.ts'

type Seen = Pick<IndexStatus, 'state' | 'percentIndexed' | 'drift' | 'migration'>

export function indexSentence({ state, percentIndexed, drift, migration }: Seen): string {
  if (migration) return `A new index is being built, ${percent(migration.percentIndexed / 100, 0)} done.`
  if (state === 'absent') return 'There is no index yet.'
  if (state === 'drifted')
    return `The index differs from its definition in ${countOf(drift.length, 'place')}.`
  if (state === 'ready') return 'The index is as its definition says.'
  if (state === 'partial')
    return `Redis stopped building the index for lack of memory, ${percent(percentIndexed / 100, 0)} done. Give it more memory.`
  return `The index is being built, ${percent(percentIndexed / 100, 0)} done.`
}

export function indexTone({ state, migration }: Pick<Seen, 'state' | 'migration'>): string {
  if (migration || state === 'building') return 'busy'
  return state === 'ready' ? 'good' : 'bad'
}

/** The effect and the cost of a change. */
export function planWords({ action, documents, estimate, memory }: ChangePlan): string[] {
  if (action === 'none') return ['Nothing would change: the index is as its definition says.']
  const doing =
    action === 'create'
      ? 'The index would be created.'
      : `A new index would be built next to the present one, from ${countOf(documents, 'customer')}. Searches use the present one until the new one is proven.`
  const free = Math.max(0, memory.limit - memory.used)
  return [
    doing,
    `That takes about ${duration(estimate.seconds * 1000)} and ${bytes(estimate.bytes)} of memory, of which ${bytes(free)} are free.`,
  ]
}
