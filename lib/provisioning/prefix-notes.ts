import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftInfoArgs, parseFtInfo } from '../redis/commands/ft-info.ts'
import { ftListArgs, parseFtList } from '../redis/commands/ft-list.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'

/** An index reads keys by prefix: without a separator at its end, `user` takes in `users:1` and `user_sessions:1`. */
const SEPARATED = /[^\p{L}\p{N}]$/u

/**
 * What is unsafe about the prefix, one line each: it has no separator at its end, or an index of another application
 * shares keys with it. RediSearch indexes such a key in both, and each application may overwrite the other's keys.
 */
export async function prefixNotes(
  redis: Redis,
  { name, prefix }: IndexDefinition,
  options?: CallOptions,
): Promise<string[]> {
  const notes = SEPARATED.test(prefix)
    ? []
    : [
        `The prefix ${prefix} ends without a separator: it takes in keys such as ${prefix}s:1; end it with a colon`,
      ]
  const names = parseFtList(await redis.send(ftListArgs(), options))
  const others = names.filter((index) => index !== name && !index.startsWith(`${name}:v`))
  for (const index of others) {
    const prefixes = await prefixesOf(redis, index, options)
    if (prefixes === undefined) {
      notes.push(
        `The index ${index} may cover keys under ${prefix}, too: Redis does not show its prefix to this user`,
      )
      continue
    }
    const shared = prefixes.filter((other) => other.startsWith(prefix) || prefix.startsWith(other))
    if (shared.length > 0) {
      notes.push(
        `The index ${index} covers keys under ${prefix}, too, by its prefix ${shared.map(shown).join(', ')}`,
      )
    }
  }
  return notes
}

/** An index that is dropped between the list and the question has none; undefined where the server refuses to tell. */
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

function shown(prefix: string): string {
  return prefix === '' ? '"", which is every key' : prefix
}
