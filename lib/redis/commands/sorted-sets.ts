import type { Command, Reply } from '../redis.ts'
import { asArray, asString } from '../reply.ts'

export function zaddArgs(key: string, score: number, member: string): Command {
  return ['ZADD', key, String(score), member]
}

/** The members with the greatest scores, greatest first. */
export function zrangeGreatestArgs(key: string, count: number): Command {
  return ['ZRANGE', key, '0', String(count - 1), 'REV']
}

export function parseZrange(reply: Reply): string[] {
  return asArray(reply).map(asString)
}
