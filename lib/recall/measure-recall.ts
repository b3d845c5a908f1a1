import { type IndexDeps, readIndex } from '../index-state/index-status.ts'
import { type Recall, saveRecallArgs } from '../index-state/recall-store.ts'
import { type MeasureOptions, measureIndex } from './measure-index.ts'

/**
 * Measures the recall of the live index at k 10, 100 and 1,000 against brute force. It saves and returns the least
 * EF_RUNTIME that reaches the definition's target, for single queries and for groups. Returns null if there is
 * nothing to measure: the index is incomplete or drifted, or it is FLAT and therefore exact.
 */
export async function measureRecall(deps: IndexDeps, options: MeasureOptions = {}): Promise<Recall | null> {
  const { redis, definition } = deps
  const { state, info, recall: before } = await readIndex(deps)
  if (state !== 'ready' || info === undefined || definition.vector.algorithm === 'FLAT') return null
  const recall = await measureIndex(
    { redis, definition, index: info.name },
    { ...options, before, documents: info.documents },
  )
  await redis.send(saveRecallArgs(definition, recall))
  return recall
}
