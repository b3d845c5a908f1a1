import type { Command } from '../redis.ts'

/**
 * Drops an index by its real name. With an alias, it would drop the index behind the alias. Never use DD, which also
 * deletes the documents.
 */
export function ftDropIndexArgs(index: string): Command {
  return ['FT.DROPINDEX', index]
}
