import { isUtf8 } from 'node:buffer'
import { AppError } from '../../errors.ts'
import type { Command, Reply } from '../redis.ts'
import { type Script, WITH_BYTES } from './scripts.ts'

export type TextCommand = [name: string, ...args: string[]]

/** A command as HTTP can carry it: text alone, or within a script. */
export type Request =
  | { command: TextCommand }
  | { script: Script; keys: string[]; args: string[]; decode: (reply: Reply) => Reply }

/** What speaks of a connection, of which HTTP has none. */
const OF_A_CONNECTION = ['CLIENT', 'WAIT', 'WAITAOF', 'WATCH', 'UNWATCH', 'MULTI', 'EXEC']

/** @throws AppError TRANSPORT_UNSUPPORTED rather than that a byte is changed */
export function toRequest(command: Command, { binary = false } = {}): Request {
  const [name, key] = command
  if (OF_A_CONNECTION.includes(String(name))) {
    throw unsupported(`${name} needs a connection of one's own, and HTTP has none`)
  }
  if (name === 'FT.SEARCH') return toSearch(command, binary)
  return binary ? inScript([String(key)], textsOf(command), { binary }) : { command: textsOf(command) }
}

/**
 * With TIMEOUT 0, also where another stands behind it: in RESP2 a search that runs out of Redis's time is answered
 * with what it has by then, and nothing says so. The deadline is ours.
 */
function toSearch([name = '', index = '', query = '', ...rest]: Command, binary: boolean): Request {
  const command = [name, index, query, ...rest, 'TIMEOUT', '0']
  const at = command.findIndex((argument) => Buffer.isBuffer(argument))
  const vector = command[at]
  if (!Buffer.isBuffer(vector) && !binary) return { command: textsOf(command) }
  const texts = textsOf(command.map((argument, i) => (i === at ? '' : argument)))
  return inScript([String(index)], texts, { binary, at: at + 1, bytes: Buffer.from(vector ?? '') })
}

function inScript(
  keys: string[],
  command: TextCommand,
  { binary, at = 0, bytes = Buffer.alloc(0) }: { binary: boolean; at?: number; bytes?: Buffer },
): Request {
  const words = wordsOf(bytes)
  const header = [binary ? 1 : 0, at, bytes.length, words.length, ...words].map(String)
  const decode = binary ? toBuffers : (reply: Reply) => reply
  return { script: WITH_BYTES, keys, args: [...header, ...command], decode }
}

/** Little-endian words of 32 bits; the last is filled with zeros. */
function wordsOf(bytes: Buffer): number[] {
  const filled = Buffer.alloc(Math.ceil(bytes.length / 4) * 4)
  bytes.copy(filled)
  return Array.from({ length: filled.length / 4 }, (_, i) => filled.readUInt32LE(i * 4))
}

/** `102,97` → the bytes 66 61 */
function toBuffers(reply: Reply): Reply {
  if (Array.isArray(reply)) return reply.map(toBuffers)
  if (typeof reply !== 'string') return reply
  return Buffer.from(reply === '' ? [] : reply.split(',').map(Number))
}

/** Bytes that are UTF-8 arrive as the text that they are; any others would not. */
export function textsOf([name = '', ...args]: Command): TextCommand {
  const text = (argument: string | Buffer) => {
    if (typeof argument === 'string') return argument
    if (isUtf8(argument)) return argument.toString()
    throw unsupported(`${name} has bytes that are no text, and HTTP would change them`)
  }
  return [text(name), ...args.map(text)]
}

export function unsupported(reason: string): AppError {
  return new AppError('TRANSPORT_UNSUPPORTED', `${reason}: connect by redis:// or rediss://`)
}
