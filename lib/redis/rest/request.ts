import { isUtf8 } from 'node:buffer'
import { AppError } from '../../errors.ts'
import type { Command, Reply } from '../redis.ts'

export type TextCommand = [name: string, ...args: string[]]

/** Commands about a connection. HTTP has none. */
const CONNECTION_COMMANDS = ['CLIENT', 'WAIT', 'WAITAOF', 'WATCH', 'UNWATCH', 'MULTI', 'EXEC']

/**
 * The command as texts, if HTTP can carry it unchanged: each argument is text, or bytes that are valid UTF-8.
 *
 * @throws AppError TRANSPORT_UNSUPPORTED
 */
export function toTextCommand(given: Command): TextCommand | undefined {
  const command = withoutTimeout(given)
  const texts = command.map(toText).filter((text) => text !== undefined)
  const [name = '', ...args] = texts
  if (CONNECTION_COMMANDS.includes(name))
    throw unsupportedError(`Expected a connection for ${name}, and HTTP has none`)
  return texts.length === command.length ? [name, ...args] : undefined
}

/**
 * Packs the command for the scripts' `commandAt`. One argument may be arbitrary bytes.
 *
 * @throws AppError TRANSPORT_UNSUPPORTED if more than one argument is bytes, because HTTP would change them
 */
export function packCommand(command: Command): string[] {
  const at = command.findIndex((argument) => toText(argument) === undefined)
  const bytes = Buffer.from(command[at] ?? '')
  const words = toWords(bytes)
  const texts = toTextCommand(command.map((argument, i) => (i === at ? '' : argument)))
  if (texts === undefined)
    throw unsupportedError(`Expected at most one binary argument of ${command[0]} over HTTP, got several`)
  return [...[texts.length, at + 1, at < 0 ? 0 : bytes.length, words.length, ...words].map(String), ...texts]
}

/** Decodes the bytes that the scripts send as numbers: `102,97` → 66 61. */
export function toBuffers(reply: Reply): Reply {
  if (Array.isArray(reply)) return reply.map(toBuffers)
  if (typeof reply !== 'string') return reply
  return Buffer.from(reply === '' ? [] : reply.split(',').map(Number))
}

export function unsupportedError(reason: string): AppError {
  return new AppError('TRANSPORT_UNSUPPORTED', `${reason}: connect by redis:// or rediss://`)
}

/**
 * When RediSearch's own timeout ends a search, the reply holds only part of the rows, and RESP2 carries no warning.
 * So every search over HTTP has TIMEOUT 0, even if the command sets another; our deadline limits it.
 */
function withoutTimeout(command: Command): Command {
  return command[0] === 'FT.SEARCH' ? [...command, 'TIMEOUT', '0'] : command
}

function toText(argument: string | Buffer): string | undefined {
  if (typeof argument === 'string') return argument
  return isUtf8(argument) ? argument.toString() : undefined
}

/** Little-endian words of 32 bits; zeros fill the last. */
function toWords(bytes: Buffer): number[] {
  const filled = Buffer.alloc(Math.ceil(bytes.length / 4) * 4)
  bytes.copy(filled)
  return Array.from({ length: filled.length / 4 }, (_, i) => filled.readUInt32LE(i * 4))
}
