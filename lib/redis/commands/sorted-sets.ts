import type { Command, Reply } from '../redis.ts'
import { asArray, asString } from '../reply.ts'

export function zaddArgs(key: string, score: number, member: string): Command {
  return ['ZADD', key, String(score), member]
}

/** The members with the greatest scores, greatest first; `from` is how many of them to skip. */
export function zrangeGreatestArgs(key: string, count: number, from = 0): Command {
  return ['ZRANGE', key, String(from), String(from + count - 1), 'REV']
}

/** The members with scores up to `most`, least first. */
export function zrangeUpToArgs(key: string, most: number): Command {
  return ['ZRANGE', key, '-inf', String(most), 'BYSCORE']
}

export function parseZrange(reply: Reply): string[] {
  return asArray(reply).map(asString)
}

export function zremArgs(key: string, member: string): Command {
  return ['ZREM', key, member]
}
