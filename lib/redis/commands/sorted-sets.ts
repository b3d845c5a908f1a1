import type { Command, Reply } from '../redis.ts'
import { asArray, asNumber, asString } from '../reply.ts'

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

/** The same, with the scores. */
export function zrangeGreatestWithScoresArgs(key: string, count: number): Command {
  return ['ZRANGE', key, '0', String(count - 1), 'REV', 'WITHSCORES']
}

/** RESP3 answers pairs, RESP2 a flat list. */
export function parseZrangeWithScores(reply: Reply): { member: string; score: number }[] {
  const flat = asArray(reply).flat()
  return Array.from({ length: flat.length / 2 }, (_, i) => ({
    member: asString(flat[2 * i]),
    score: asNumber(flat[2 * i + 1]),
  }))
}

/** The scores of the members, in their order. */
export function zmscoreArgs(key: string, members: readonly string[]): Command {
  return ['ZMSCORE', key, ...members]
}

/** undefined for a member that is not in the set. */
export function parseScores(reply: Reply): (number | undefined)[] {
  return asArray(reply).map((score) => (score === null ? undefined : asNumber(score)))
}

export function zcardArgs(key: string): Command {
  return ['ZCARD', key]
}

/** Removes the members with scores up to `most`. */
export function zremUpToArgs(key: string, most: number): Command {
  return ['ZREMRANGEBYSCORE', key, '-inf', String(most)]
}
