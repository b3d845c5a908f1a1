import { type IndexDeps, readIndex } from '../index-state/index-status.ts'
import type { Recall } from '../index-state/recall-store.ts'
import { isMeasured } from '../search/search-strategy.ts'
import { MEASURE_MS, type MeasureOptions } from './measure-index.ts'
import { measureRecall } from './measure-recall.ts'

/**
 * Measures recall for the scheduled check, so that measurements take at most this share of Redis's time: after 20 s of
 * measuring, it waits for 17 minutes. Before that, the last one counts, unless it is of fewer users or another target.
 * `isNew` says whether it measured, or tried to.
 */
export async function measureIfDue(
  deps: IndexDeps,
  { share, now = Date.now(), ...options }: MeasureOptions & { share: number; now?: number },
): Promise<{ recall: Recall | null; isNew: boolean }> {
  const { state, info, recall } = await readIndex(deps)
  const isWaiting = (last: { at: string; tookMs: number }) => now < Date.parse(last.at) + last.tookMs / share
  if (state === 'ready' && recall !== null) {
    const { skipped, lastAttempt, target } = recall
    const { timeMs = MEASURE_MS } = options
    // An attempt of an import had less time than the check has.
    const isHopeless = lastAttempt !== null && lastAttempt.tookMs >= timeMs && isWaiting(lastAttempt)
    const isCurrent =
      isMeasured(recall, info?.documents ?? 0) && target === deps.definition.vector.recallTarget
    if (skipped === null ? isCurrent && isWaiting(recall) : isHopeless) return { recall, isNew: false }
  }
  return { recall: await measureRecall(deps, options), isNew: true }
}
