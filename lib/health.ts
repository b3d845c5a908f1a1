import * as v from 'valibot'
import { toAppError } from './errors.ts'
import { type IndexDeps, readIndex } from './index/index-status.ts'
import type { CallOptions } from './redis/redis.ts'

export type Health = v.InferOutput<typeof HealthSchema>

export const HealthSchema = v.object({
  status: v.picklist(['ok', 'unavailable']),
  problems: v.pipe(
    v.array(v.string()),
    v.description('What is wrong, one line each; empty when all is well'),
  ),
})

/** Well means: a search sent now is answered, from a whole index that is as defined. */
export async function checkHealth(deps: IndexDeps, options?: CallOptions): Promise<Health> {
  const problems: string[] = []
  try {
    const { state, percentIndexed, drift } = await readIndex(deps, options)
    if (state === 'drifted')
      problems.push(`The index is not as defined: ${drift.map(({ field }) => field).join(', ')}`)
    else if (state !== 'ready') problems.push(`The index is ${state} (${percentIndexed} %)`)
  } catch (thrown) {
    problems.push(toAppError(thrown).message)
  }
  return { status: problems.length === 0 ? 'ok' : 'unavailable', problems }
}
