import { getArgs, parseGet, setArgs } from '../redis/commands/strings.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { ImportReport } from './import-report.ts'

/**
 * How the newest import of an object stands, kept beside the users: when Redis loses its data it forgets both, and
 * the object counts as never imported.
 */
export async function saveProgress(redis: Redis, report: ImportReport, options?: CallOptions): Promise<void> {
  await redis.send(setArgs(progressKey(report.id), JSON.stringify(report)), options)
}

export async function readProgress(
  redis: Redis,
  id: string,
  options?: CallOptions,
): Promise<ImportReport | undefined> {
  const text = parseGet(await redis.send(getArgs(progressKey(id)), options))
  return text === undefined ? undefined : JSON.parse(text)
}

function progressKey(id: string): string {
  return `lookalike:import:${id}`
}
