import type { Command } from '../redis.ts'

/** Moves the alias at once, or makes it; a search that comes now has the one index or the other. */
export function ftAliasUpdateArgs(alias: string, index: string): Command {
  return ['FT.ALIASUPDATE', alias, index]
}
