import type { IndexDeps } from './index/index-status.ts'
import type { Log } from './log.ts'
import { type ProvisionResult, provisionIndex } from './provision-index.ts'

/** The scheduled look at the index: makes what is missing, and logs one line that an alarm can be set on. */
export async function checkIndex({ log, ...deps }: IndexDeps & { log: Log }): Promise<ProvisionResult> {
  const result = await provisionIndex(deps)
  const isWell = result.state === 'ready' && result.change === 'unchanged'
  log[isWell ? 'info' : 'warn']('index checked', { ...result })
  return result
}
