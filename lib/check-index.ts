import type { ProvisionResult } from './index/index-status-schema.ts'
import type { Recall } from './index/kept-recall.ts'
import type { Log } from './log.ts'
import { measureRecall } from './measure-recall.ts'
import { metrics } from './metrics.ts'
import { type ProvisionDeps, type ProvisionOptions, provisionIndex } from './provision-index.ts'

/**
 * The scheduled look at the index: makes what is missing, goes on with a change that somebody has begun, measures
 * recall, and logs lines that an alarm can be set on.
 */
export async function checkIndex(
  { log, ...deps }: ProvisionDeps & { log: Log },
  options: ProvisionOptions = {},
): Promise<ProvisionResult> {
  const result = await provisionIndex(deps, { ...options, mayBegin: false })
  const isWell = result.state === 'ready' && result.change === 'unchanged'
  log[isWell ? 'info' : 'warn']('index checked', { ...result })
  const recall = await measureRecall(deps)
  if (recall !== null) logRecall(log, deps.definition.name, recall)
  return { ...result, recall: recall ?? result.recall }
}

/** Metrics are of what was measured just now, never of what is left from an earlier time. */
function logRecall(log: Log, index: string, { efRuntime, measured, target, group, skipped }: Recall): void {
  if (skipped !== null) {
    log.info('recall not measured', { index, skipped })
    return
  }
  const isShort = [measured, group.measured].some((one) => one !== null && one < target)
  const values = {
    Recall: measured,
    EfRuntime: efRuntime,
    GroupRecall: group.measured,
    GroupEfRuntime: group.efRuntime,
  }
  log[isShort ? 'warn' : 'info']('recall measured', { ...metrics({ index }, values), target })
}
