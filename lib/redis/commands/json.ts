import type { Command, Reply } from '../redis.ts'
import { asArray } from '../reply.ts'

/** Sends the bytes as received. Parsing and serializing them again would turn 9007199254740993 into …992. */
export function jsonSetArgs(key: string, document: Buffer): Command {
  return ['JSON.SET', key, '$', document]
}

export function jsonNumincrbyArgs(key: string, path: string, by: string): Command {
  return ['JSON.NUMINCRBY', key, path, by]
}

export function jsonGetArgs(key: string, path: string): Command {
  return ['JSON.GET', key, path]
}

/** The values at the path: `undefined` if the key is missing, else a list of matches (`[]` for none). */
export function parseJsonGet(reply: Reply): unknown[] | undefined {
  if (typeof reply !== 'string') return undefined
  const matches: unknown = JSON.parse(reply)
  return Array.isArray(matches) ? matches : [matches]
}

/** Reads what the path holds in each document; by default the whole document. */
export function jsonMgetArgs(keys: readonly string[], path = '.'): Command {
  return ['JSON.MGET', ...keys, path]
}

/** One document text per key; `undefined` if the key is missing or contains no JSON. */
export function parseJsonMget(reply: Reply): (string | undefined)[] {
  return asArray(reply).map((document) => (typeof document === 'string' ? document : undefined))
}
