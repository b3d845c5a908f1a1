import type { Command } from '../redis.ts'

/**
 * Fails when the alias exists. Ask FT.INFO first whether an *index* has that name: RediSearch lets an alias be added
 * over it, answers OK, and goes on using the index.
 */
export function ftAliasAddArgs(alias: string, index: string): Command {
  return ['FT.ALIASADD', alias, index]
}

/** Moves the alias at once, or makes it; a search that comes now has the one index or the other. */
export function ftAliasUpdateArgs(alias: string, index: string): Command {
  return ['FT.ALIASUPDATE', alias, index]
}
