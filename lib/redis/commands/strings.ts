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

/** The bytes under each key. The command needs the option `binary`. */
export function parseMget(reply: Reply): (Buffer | undefined)[] {
  return asArray(reply).map((value) => (Buffer.isBuffer(value) ? value : undefined))
}

/** Reads the first `length` bytes. */
export function getrangeArgs(key: string, length: number): Command {
  return ['GETRANGE', key, '0', String(length - 1)]
}

/** Makes the key expire at once. The function's ACL user may write the key but not delete it. */
export function expireAtOnceArgs(key: string): Command {
  return ['SET', key, '', 'PX', '1']
}

/** Answers OK, or null if the key exists. */
export function setIfAbsentArgs(key: string, value: string, expirySeconds: number): Command {
  return ['SET', key, value, 'NX', 'EX', String(expirySeconds)]
}
