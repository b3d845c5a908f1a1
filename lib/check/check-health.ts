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
    v.description('Why searches fail or are incomplete, one line each; empty if the service is healthy'),
  ),
  warnings: v.pipe(
    v.array(v.string()),
    v.description('Other problems, and notices, that the last scheduled check found, one line each'),
  ),
})

/** Healthy means that searches are answered, from a complete index that equals its definition. */
export async function checkHealth(deps: IndexDeps, options?: CallOptions): Promise<Health> {
  const problems: string[] = []
  let warnings: string[] = []
  try {
    const [{ state, percentIndexed, drift }, check] = await Promise.all([
      readIndex(deps, options),
      readCheck(deps, options),
    ])
    warnings = check === null ? [] : [...check.problems, ...check.notices]
    if (state === 'drifted')
      problems.push(`The index differs from its definition: ${drift.map(({ field }) => field).join(', ')}`)
    else if (state !== 'ready') problems.push(`The index is ${state} (${percentIndexed} %)`)
  } catch (thrown) {
    problems.push(toAppError(thrown).message)
  }
  return { status: problems.length === 0 ? 'ok' : 'unavailable', problems, warnings }
}
