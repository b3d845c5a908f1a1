import type { Command, Reply } from '../redis.ts'
import { asArray } from '../reply.ts'

export function getArgs(key: string): Command {
  return ['GET', key]
}

export function setArgs(key: string, value: string): Command {
  return ['SET', key, value]
}

export function parseGet(reply: Reply): string | undefined {
  return typeof reply === 'string' ? reply : undefined
}

export function setrangeArgs(key: string, offset: number, bytes: Buffer): Command {
  return ['SETRANGE', key, String(offset), bytes]
}

export function setWithExpiryArgs(key: string, value: Buffer, seconds: number): Command {
  return ['SET', key, value, 'EX', String(seconds)]
}

export function mgetArgs(keys: readonly string[]): Command {
  return ['MGET', ...keys]
}

/** The bytes under each of the keys, of a reply that was asked for in `binary`. */
export function parseMget(reply: Reply): (Buffer | undefined)[] {
  return asArray(reply).map((value) => (Buffer.isBuffer(value) ? value : undefined))
}

/** The bytes from the first one on. */
export function getrangeArgs(key: string, length: number): Command {
  return ['GETRANGE', key, '0', String(length - 1)]
}

/** Lets the key expire at once: for who may write it, and delete nothing. */
export function expireAtOnceArgs(key: string): Command {
  return ['SET', key, '', 'PX', '1']
}

/** OK, or null when the key is there. */
export function setIfAbsentArgs(key: string, value: string, expirySeconds: number): Command {
  return ['SET', key, value, 'NX', 'EX', String(expirySeconds)]
}
