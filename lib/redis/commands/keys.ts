import type { Command, Reply } from '../redis.ts'
import { asArray, asString } from '../reply.ts'

export function delArgs(key: string): Command {
  return ['DEL', key]
}

/** Keys of a prefix among the next `count`; from the cursor '0' to the cursor '0' are all of them. */
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

/** 1, or 0 when the new name is taken already. */
export function renameIfFreeArgs(key: string, name: string): Command {
  return ['RENAMENX', key, name]
}
