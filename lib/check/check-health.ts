import * as v from 'valibot'
import { toAppError } from '../errors.ts'
import { readCheck } from '../index-state/check-store.ts'
import { type IndexDeps, readIndex } from '../index-state/index-status.ts'
import type { CallOptions } from '../redis/redis.ts'

export type Health = v.InferOutput<typeof HealthSchema>

export const HealthSchema = v.object({
  status: v.picklist(['ok', 'unavailable']),
  problems: v.pipe(
    v.array(v.string()),
    v.description('Why a search is not answered as it should be, one line each; empty when all is well'),
  ),
  warnings: v.pipe(
    v.array(v.string()),
    v.description('What else the last scheduled check found, one line each'),
  ),
})

/** Well means: a search sent now is answered, from a whole index that is as defined. */
export async function checkHealth(deps: IndexDeps, options?: CallOptions): Promise<Health> {
  const problems: string[] = []
  let warnings: string[] = []
  try {
    const [{ state, percentIndexed, drift }, check] = await Promise.all([
      readIndex(deps, options),
      readCheck(deps, options),
    ])
    warnings = check?.problems ?? []
    if (state === 'drifted')
      problems.push(`The index is not as defined: ${drift.map(({ field }) => field).join(', ')}`)
    else if (state !== 'ready') problems.push(`The index is ${state} (${percentIndexed} %)`)
  } catch (thrown) {
    problems.push(toAppError(thrown).message)
  }
  return { status: problems.length === 0 ? 'ok' : 'unavailable', problems, warnings }
}
