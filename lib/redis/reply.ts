import { AppError } from '../errors.ts'
import type { Reply } from './redis.ts'

const LAST_ASCII = 0x7f

/** Reads members by name, never by position: servers add members, and RESP2 and RESP3 differ in shape. */
export function asMap(reply: Reply | undefined): { [key: string]: Reply } {
  if (Array.isArray(reply)) {
    const map: { [key: string]: Reply } = {}
    for (let i = 0; i + 1 < reply.length; i += 2) map[String(reply[i])] = reply[i + 1] ?? null
    return map
  }
  if (typeof reply === 'object' && reply !== null && !isLeaf(reply)) return reply
  throw unexpectedReplyError('a map', reply)
}

/**
 * A member of a map, by its name; undefined if the map has none. In a flat array, this builds no object and decodes no
 * other name.
 */
export function memberOf(map: Reply | undefined, name: string): Reply | undefined {
  if (!Array.isArray(map)) {
    const members = asMap(map)
    return Object.hasOwn(members, name) ? members[name] : undefined
  }
  for (let i = 0; i + 1 < map.length; i += 2) if (isName(map[i], name)) return map[i + 1]
  return undefined
}

/**
 * Compares bytes, because decoding them takes ten times as long. Only an index of another program has names beyond
 * ASCII.
 */
function isName(reply: Reply | undefined, name: string): boolean {
  if (!Buffer.isBuffer(reply)) return reply === name
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code > LAST_ASCII) return reply.toString() === name
    if (reply[i] !== code) return false
  }
  return reply.length === name.length
}

export function asArray(reply: Reply | undefined): Reply[] {
  if (Array.isArray(reply)) return reply
  throw unexpectedReplyError('an array', reply)
}

export function asString(reply: Reply | undefined): string {
  if (typeof reply === 'string') return reply
  if (typeof reply === 'number') return String(reply)
  if (Buffer.isBuffer(reply)) return reply.toString()
  throw unexpectedReplyError('text', reply)
}

/** RESP2 sends doubles as text. */
export function asNumber(reply: Reply | undefined): number {
  const text = Buffer.isBuffer(reply) ? reply.toString() : reply
  const number = typeof text === 'string' && text !== '' ? Number(text) : text
  if (typeof number === 'number') return number
  throw unexpectedReplyError('a number', reply)
}

function isLeaf(reply: object): reply is Buffer | Error {
  return Buffer.isBuffer(reply) || reply instanceof Error
}

function unexpectedReplyError(expected: string, reply: Reply | undefined): AppError {
  const kind = Array.isArray(reply) ? 'an array' : reply === null ? 'null' : typeof reply
  return new AppError('REDIS_ERROR', `Expected ${expected} in Redis's reply, got ${kind}`)
}
