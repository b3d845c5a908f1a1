import type { Command, Reply } from '../redis.ts'
import { asMap, asString } from '../reply.ts'

type Fields = Record<string, string> | ReadonlyMap<string, string | Buffer>

export function hsetArgs(key: string, fields: Fields): Command {
  const entries: Iterable<[string, string | Buffer]> = fields instanceof Map ? fields : Object.entries(fields)
  const args: (string | Buffer)[] = ['HSET', key]
  // An import makes one for each user, and flattening nested lists takes five times as long.
  for (const [name, value] of entries) args.push(name, value)
  return args
}

export function hmgetArgs(key: string, names: readonly string[]): Command {
  return ['HMGET', key, ...names]
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

/** `{}` for a missing key. */
export function parseHgetall(reply: Reply): Record<string, string> {
  return Object.fromEntries(Object.entries(asMap(reply)).map(([name, value]) => [name, asString(value)]))
}
