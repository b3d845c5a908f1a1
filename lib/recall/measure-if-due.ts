import { type IndexDeps, readIndex } from '../index-state/index-status.ts'
import type { Recall } from '../index-state/recall-store.ts'
import { isMeasured } from '../search/search-strategy.ts'
import type { MeasureOptions } from './measure-index.ts'
import { measureRecall } from './measure-recall.ts'

/**
 * Measures recall for the scheduled check, so that measurements take at most this share of Redis's time: after 20 s of
 * measuring, it waits for 17 minutes. Before that, the last one counts, unless it is of fewer users or another target.
 */
export async function measureIfDue(
  deps: IndexDeps,
  { share, now = Date.now(), ...options }: MeasureOptions & { share: number; now?: number },
): Promise<Recall | null> {
  const { state, info, recall } = await readIndex(deps)
  if (state !== 'ready' || recall === null || recall.skipped !== null) return measureRecall(deps, options)
  const isCurrent =
    isMeasured(recall, info?.documents ?? 0) && recall.target === deps.definition.vector.recallTarget
  const isDue = now >= Date.parse(recall.at) + recall.tookMs / share
  return isCurrent && !isDue ? recall : measureRecall(deps, options)
}
