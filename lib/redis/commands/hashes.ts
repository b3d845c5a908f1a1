import type { Command, Reply } from '../redis.ts'
import { asMap, asString } from '../reply.ts'

export function hsetArgs(key: string, fields: Record<string, string>): Command {
  return ['HSET', key, ...Object.entries(fields).flat()]
}

export function hdelArgs(key: string, names: readonly string[]): Command {
  return ['HDEL', key, ...names]
}

export function hgetArgs(key: string, name: string): Command {
  return ['HGET', key, name]
}

export function hgetallArgs(key: string): Command {
  return ['HGETALL', key]
}

/** `{}` for a key that is not there. */
export function parseHgetall(reply: Reply): Record<string, string> {
  return Object.fromEntries(Object.entries(asMap(reply)).map(([name, value]) => [name, asString(value)]))
}
