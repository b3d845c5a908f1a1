import type { Command, Reply } from '../redis.ts'
import { asArray, asString } from '../reply.ts'

export function delArgs(key: string): Command {
  return ['DEL', key]
}

/**
 * Returns the keys with this prefix among the next `count` keys. A scan from cursor '0' until cursor '0' returns all
 * of them.
 */
export function scanArgs(cursor: string, prefix: string, count: number): Command {
  return ['SCAN', cursor, 'MATCH', `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`, 'COUNT', String(count)]
}

export function parseScan(reply: Reply): { cursor: string; keys: string[] } {
  const [cursor, keys] = asArray(reply)
  return { cursor: asString(cursor), keys: asArray(keys).map(asString) }
}

export function existsArgs(key: string): Command {
  return ['EXISTS', key]
}

/** Answers 1, or 0 if the new name is in use. */
export function renameIfFreeArgs(key: string, name: string): Command {
  return ['RENAMENX', key, name]
}
