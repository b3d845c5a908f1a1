import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftInfoArgs, parseFtInfo } from '../redis/commands/ft-info.ts'
import { ftListArgs, parseFtList } from '../redis/commands/ft-list.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'

/**
 * An index reads keys by prefix. Without a separator at its end, `user` also matches `users:1` and `user_sessions:1`.
 */
const ENDS_WITH_SEPARATOR = /[^\p{L}\p{N}]$/u

/**
 * Finds risks of the prefix, one line each: it has no separator at its end, or it overlaps an index of another
 * application. RediSearch indexes shared keys in both, and each application may overwrite the other's keys.
 */
export async function prefixNotes(
  redis: Redis,
  { name, prefix }: IndexDefinition,
  options?: CallOptions,
): Promise<string[]> {
  const notes = ENDS_WITH_SEPARATOR.test(prefix)
    ? []
    : [
        `The prefix ${prefix} ends without a separator and also matches keys such as ${prefix}s:1: end it with a colon`,
      ]
  const names = parseFtList(await redis.send(ftListArgs(), options))
  const others = names.filter((index) => index !== name && !index.startsWith(`${name}:v`))
  for (const index of others) {
    const prefixes = await prefixesOf(redis, index, options)
    if (prefixes === undefined) {
      notes.push(
        `The index ${index} may also cover keys under ${prefix}: Redis does not show its prefix to this Redis user`,
      )
      continue
    }
    const shared = prefixes.filter((other) => other.startsWith(prefix) || prefix.startsWith(other))
    if (shared.length > 0) {
      notes.push(
        `The index ${index} also covers keys under ${prefix}, by its prefix ${shared.map(showPrefix).join(', ')}`,
      )
    }
  }
  return notes
}

/**
 * The prefixes of an index. An index that is dropped meanwhile has none. Returns undefined if the server refuses to
 * tell.
 */
async function prefixesOf(redis: Redis, index: string, options?: CallOptions): Promise<string[] | undefined> {
  try {
    const { settings } = parseFtInfo(await redis.send(ftInfoArgs(index), options))
    return settings.prefix === '' ? [''] : settings.prefix.split(' ')
  } catch (error) {
    if (error instanceof AppError && error.code === 'INDEX_MISSING') return []
    if (error instanceof AppError && error.code === 'REDIS_REFUSED') return undefined
    throw error
  }
}

function showPrefix(prefix: string): string {
  return prefix === '' ? '"" (every key)' : prefix
}
