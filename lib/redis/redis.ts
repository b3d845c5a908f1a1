import type { AppError } from '../errors.ts'

/** A command as it goes over the wire: the name and its arguments. Numbers are written out by the caller. */
export type Command = readonly (string | Buffer)[]

/**
 * A reply in RESP2 (maps are flat arrays, numbers may be text) or in RESP3 form: a REST gateway gives the former. An
 * Error is the element of EXEC's reply for a command that was refused.
 */
export type Reply = string | number | boolean | null | Buffer | Error | Reply[] | { [key: string]: Reply }

/** Epoch milliseconds after which nobody waits for the answer any more. */
export type Deadline = number

export interface CallOptions {
  /** By default five seconds from now. */
  deadline?: Deadline
  /** Texts of the reply come as the bytes they are: as UTF-8, a vector of a hash would be lost. */
  binary?: boolean
  /** Not sent again when a connection breaks under it: executed twice, its second answer would say the contrary. */
  once?: boolean
}

export const DEFAULT_TIMEOUT_MS = 5_000

/**
 * The seam to Redis: all that a use-case may ask of it.
 *
 * `send` rejects with an AppError: REDIS_UNAVAILABLE, REDIS_TIMEOUT (the outcome of the command is unknown), or what
 * the server's refusal means (`server-errors.ts`).
 */
export interface Redis {
  send(command: Command, options?: CallOptions): Promise<Reply>
}

/** One connection of one's own: commands are executed in the order they are given, which a pool does not promise. */
export interface Connection extends Redis {
  /** Sends all at once. A refusal of one command is that command's outcome; a lost connection rejects the whole. */
  pipeline(commands: readonly Command[], options?: CallOptions): Promise<Outcome[]>
}

export type Outcome = { reply: Reply } | { refused: AppError }

/** @throws AppError the refusal */
export function replyOf(outcome: Outcome | undefined): Reply {
  if (outcome === undefined) throw new Error('The pipeline answered less than was asked')
  if ('refused' in outcome) throw outcome.refused
  return outcome.reply
}

export interface RedisPool extends Redis {
  /** @throws AppError REDIS_BUSY when none is free by the deadline */
  lease<T>(work: (connection: Connection) => Promise<T>, options?: CallOptions): Promise<T>
  /**
   * For who wants more of a lease than order and transactions: a connection that has a name and can be ended.
   *
   * @throws AppError TRANSPORT_UNSUPPORTED over HTTP, which has none
   */
  assertConnections(options?: CallOptions): Promise<void>
  close(): Promise<void>
}
