import type { Command } from '../redis.ts'

/** Creates the alias or swaps it. The swap is atomic: every search uses either the old index or the new one. */
export function ftAliasUpdateArgs(alias: string, index: string): Command {
  return ['FT.ALIASUPDATE', alias, index]
}
