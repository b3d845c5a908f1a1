import type { Command, Reply } from '../redis.ts'
import { asArray } from '../reply.ts'

/** Sends the bytes as they came: parsing and writing them again would turn 9007199254740993 into …992. */
export function jsonSetArgs(key: string, document: Buffer): Command {
  return ['JSON.SET', key, '$', document]
}

/** Adds to the number at the path. */
export function jsonNumincrbyArgs(key: string, path: string, by: string): Command {
  return ['JSON.NUMINCRBY', key, path, by]
}

export function jsonGetArgs(key: string, path: string): Command {
  return ['JSON.GET', key, path]
}

/** What the path holds: `undefined` when there is no such key, a list of matches (`[]` for none) otherwise. */
export function parseJsonGet(reply: Reply): unknown[] | undefined {
  if (typeof reply !== 'string') return undefined
  const matches: unknown = JSON.parse(reply)
  return Array.isArray(matches) ? matches : [matches]
}

/** The whole documents of the keys. */
export function jsonMgetArgs(keys: readonly string[]): Command {
  return ['JSON.MGET', ...keys, '.']
}

/** A document's text for each key, `undefined` for one that is not there or holds no JSON. */
export function parseJsonMget(reply: Reply): (string | undefined)[] {
  return asArray(reply).map((document) => (typeof document === 'string' ? document : undefined))
}
