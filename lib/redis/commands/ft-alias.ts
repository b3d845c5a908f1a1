import type { Command } from '../redis.ts'

/**
 * Fails when the alias exists. Ask FT.INFO first whether an *index* has that name: RediSearch lets an alias be added
 * over it, answers OK, and goes on using the index.
 */
export function ftAliasAddArgs(alias: string, index: string): Command {
  return ['FT.ALIASADD', alias, index]
}
