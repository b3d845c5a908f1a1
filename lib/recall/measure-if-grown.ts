import { type IndexDeps, readIndex } from '../index-state/index-status.ts'
import type { Recall } from '../index-state/recall-store.ts'
import { isMeasured, isSmall } from '../search/search-strategy.ts'
import type { MeasureOptions } from './measure-index.ts'
import { measureRecall } from './measure-recall.ts'

/**
 * Measures recall before the first answer relies on it: at the end of an import that has filled the index or enlarged
 * it by half. Searches of a small index use brute force until the scheduled check has measured it.
 */
export async function measureIfGrown(deps: IndexDeps, options: MeasureOptions): Promise<Recall | null> {
  const { info, recall } = await readIndex(deps)
  const documents = info?.documents ?? 0
  if (isSmall(deps.definition, documents) || isMeasured(recall, documents)) return recall
  return measureRecall(deps, options)
}
