import { isUtf8 } from 'node:buffer'
import { AppError } from '../../errors.ts'
import type { Command, Reply } from '../redis.ts'

export type TextCommand = [name: string, ...args: string[]]

/** What speaks of a connection, of which HTTP has none. */
const OF_A_CONNECTION = ['CLIENT', 'WAIT', 'WAITAOF', 'WATCH', 'UNWATCH', 'MULTI', 'EXEC']

/**
 * The command, where HTTP can carry it as it is: its arguments are text, or bytes that are UTF-8 and so arrive as the
 * text that they are.
 *
 * @throws AppError TRANSPORT_UNSUPPORTED
 */
export function asText(given: Command): TextCommand | undefined {
  const command = withoutTimeout(given)
  const texts = command.map(textOf).filter((text) => text !== undefined)
  const [name = '', ...args] = texts
  if (OF_A_CONNECTION.includes(name))
    throw unsupported(`${name} needs a connection of one's own, and HTTP has none`)
  return texts.length === command.length ? [name, ...args] : undefined
}

/**
 * The command as `commandAt` of the scripts reads it; one of its arguments may be any bytes.
 *
 * @throws AppError TRANSPORT_UNSUPPORTED for more of them, rather than that a byte is changed
 */
export function packed(command: Command): string[] {
  const at = command.findIndex((argument) => textOf(argument) === undefined)
  const bytes = Buffer.from(command[at] ?? '')
  const words = wordsOf(bytes)
  const texts = asText(command.map((argument, i) => (i === at ? '' : argument)))
  if (texts === undefined) throw unsupported(`${command[0]} has bytes twice, and HTTP carries text`)
  return [...[texts.length, at + 1, at < 0 ? 0 : bytes.length, words.length, ...words].map(String), ...texts]
}

/** What the scripts make of a reply that is to be bytes: `102,97` → 66 61. */
export function toBuffers(reply: Reply): Reply {
  if (Array.isArray(reply)) return reply.map(toBuffers)
  if (typeof reply !== 'string') return reply
  return Buffer.from(reply === '' ? [] : reply.split(',').map(Number))
}

export function unsupported(reason: string): AppError {
  return new AppError('TRANSPORT_UNSUPPORTED', `${reason}: connect by redis:// or rediss://`)
}

/**
 * A search that runs out of Redis's own time is answered with what it has by then, and in RESP2 nothing says so. So it
 * has none, whatever stands before; the deadline is ours.
 */
function withoutTimeout(command: Command): Command {
  return command[0] === 'FT.SEARCH' ? [...command, 'TIMEOUT', '0'] : command
}

function textOf(argument: string | Buffer): string | undefined {
  if (typeof argument === 'string') return argument
  return isUtf8(argument) ? argument.toString() : undefined
}

/** Little-endian words of 32 bits; the last is filled with zeros. */
function wordsOf(bytes: Buffer): number[] {
  const filled = Buffer.alloc(Math.ceil(bytes.length / 4) * 4)
  bytes.copy(filled)
  return Array.from({ length: filled.length / 4 }, (_, i) => filled.readUInt32LE(i * 4))
}
