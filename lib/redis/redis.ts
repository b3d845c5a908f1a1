import type { AppError } from '../errors.ts'

/** A command as sent over the wire: its name and arguments. The caller writes numbers as text. */
export type Command = readonly (string | Buffer)[]

/**
 * A reply in RESP2 form (maps are flat arrays, numbers may be text) or in RESP3 form. An HTTP gateway answers in
 * RESP2. An Error is the element of EXEC's reply for a command that the server refused.
 */
export type Reply = string | number | boolean | null | Buffer | Error | Reply[] | { [key: string]: Reply }

/** Epoch milliseconds after which no caller waits for the answer. */
export type Deadline = number

export interface CallOptions {
  /** Default: five seconds from now. */
  deadline?: Deadline
  /** Returns texts of the reply as bytes. Decoding them as UTF-8 would destroy a hash's vector. */
  binary?: boolean
  /**
   * The caller decodes only what it needs: over TCP, every text of the reply comes as bytes, and every map as a flat
   * array. More than half of the texts in a search's reply are names. Over HTTP, the reply has its usual form.
   */
  undecoded?: boolean
  /**
   * The pool does not send the command again when a connection breaks under it. A second execution would answer the
   * opposite of the first.
   */
  once?: boolean
}

export const DEFAULT_TIMEOUT_MS = 5_000

export type OptionsWithDeadline = CallOptions & { deadline: Deadline }

/** Adds the default deadline where there is none. Most calls have one, and their options are not copied. */
export function withDefaultDeadline(options: CallOptions = {}): OptionsWithDeadline {
  return hasDeadline(options) ? options : { ...options, deadline: Date.now() + DEFAULT_TIMEOUT_MS }
}

function hasDeadline(options: CallOptions): options is OptionsWithDeadline {
  return options.deadline !== undefined
}

/**
 * The interface to Redis: all that a use-case may ask of it.
 *
 * `send` rejects with an AppError: REDIS_UNAVAILABLE, REDIS_TIMEOUT (the outcome of the command is unknown), or the
 * code that `server-errors.ts` gives the server's refusal.
 */
export interface Redis {
  send(command: Command, options?: CallOptions): Promise<Reply>
}

/**
 * A connection that no other caller shares. It executes commands in the given order; a pool does not promise that.
 */
export interface Connection extends Redis {
  /**
   * Sends all commands at once. If the server refuses one command, that refusal is its outcome. A lost connection
   * rejects the whole pipeline.
   */
  pipeline(commands: readonly Command[], options?: CallOptions): Promise<Outcome[]>
}

export type Outcome = { reply: Reply } | { refused: AppError }

/** @throws AppError the refusal */
export function replyOf(outcome: Outcome | undefined): Reply {
  if (outcome === undefined) throw new Error('The pipeline returned fewer outcomes than commands')
  if ('refused' in outcome) throw outcome.refused
  return outcome.reply
}

export interface RedisPool extends Redis {
  /** @throws AppError REDIS_BUSY if no connection becomes free by the deadline */
  lease<T>(work: (connection: Connection) => Promise<T>, options?: CallOptions): Promise<T>
  /**
   * For callers that need a real connection, with a name and an id to end it by. Order and transactions also work
   * without one.
   *
   * @throws AppError TRANSPORT_UNSUPPORTED over HTTP, which has no connections
   */
  assertConnections(options?: CallOptions): Promise<void>
  close(): Promise<void>
}
