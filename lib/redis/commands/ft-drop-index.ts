import type { Command } from '../redis.ts'

/**
 * Drops an index, by its real name: of an alias it would drop the index that the alias leads to. Never with DD, which
 * deletes the documents, too.
 */
export function ftDropIndexArgs(index: string): Command {
  return ['FT.DROPINDEX', index]
}
