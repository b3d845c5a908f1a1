import {
  ClientClosedError,
  ClientOfflineError,
  ConnectionTimeoutError,
  DisconnectsClientError,
  ErrorReply,
  SocketClosedUnexpectedlyError,
} from 'redis'
import { AppError, type ErrorCode, toAppError } from '../errors.ts'

const IS_CLUSTER =
  'Expected one Redis server with all users, or one endpoint for it, got a node of a Redis Cluster'

/**
 * All server messages that we interpret, in one place. They differ between commands and versions ("Unknown index
 * name", "users: no such index"). A test provokes each on a live server, so an upgrade that changes a message breaks
 * one test by name.
 */
export const WORDINGS: readonly { pattern: RegExp; code: ErrorCode; message?: string }[] = [
  {
    // The messages of Redis, of Upstash's own databases, and of a script, which does not name the command.
    pattern:
      /(unknown command|command is not available):? ['"`]?(FT|JSON)\.|unknown redis command called from script/i,
    code: 'MODULE_MISSING',
    message: 'Expected a Redis with RediSearch and RedisJSON (Redis Stack, or Redis 8), got one without them',
  },
  { pattern: /no such index|unknown index name|index_not_found/i, code: 'INDEX_MISSING' },
  // A server with ON_TIMEOUT FAIL answers this. Other servers answer part of the rows, with a warning.
  { pattern: /timeout limit/i, code: 'REDIS_TIMEOUT' },
  {
    pattern: /LIMIT exceeds maximum/i,
    code: 'REQUEST_INVALID',
    message:
      "Expected k of at most the server's MAXSEARCHRESULTS: ask for fewer results, or raise MAXSEARCHRESULTS",
  },
  { pattern: /^(ERR )?max number of clients reached/, code: 'REDIS_BUSY' },
  { pattern: /^(OOM|LOADING|READONLY|BUSY|TRYAGAIN|MASTERDOWN|MISCONF)\b/, code: 'REDIS_BUSY' },
  { pattern: /^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN)\b/, code: 'REDIS_CLUSTER', message: IS_CLUSTER },
  {
    // The last alternative comes from a script.
    pattern: /^(NOPERM|NOAUTH|WRONGPASS|DENIED|ERR ACL failure in script)\b/,
    code: 'REDIS_REFUSED',
  },
  {
    pattern: /^(Unauthorized|Forbidden)\b/,
    code: 'REDIS_REFUSED',
    message: 'The HTTP gateway to Redis refuses the token',
  },
  // The message of a gateway that has lost Redis.
  { pattern: /^(Connection is closed|Reached the max retries)|ECONNREFUSED/, code: 'REDIS_UNAVAILABLE' },
  {
    pattern:
      /existing key has wrong redis type|^WRONGTYPE\b|parse as utf-8|recursion limit|number out of range|(at|in) line \d+ column/i,
    code: 'RECORD_UNSTORABLE',
  },
]

/**
 * Turns what a Redis client threw into an AppError. The server's message stays in `cause`, because it may quote an
 * argument.
 */
export function toRedisError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof Error && thrown.message === 'The queue is full') {
    return new AppError('REDIS_BUSY', 'Too many commands are queued for Redis: try again', { cause: thrown })
  }
  if (isConnectionFault(thrown)) {
    return new AppError('REDIS_UNAVAILABLE', describeConnectionFault(thrown), { cause: thrown })
  }
  if (!(thrown instanceof ErrorReply)) return toAppError(thrown)
  const wording = WORDINGS.find(({ pattern }) => pattern.test(thrown.message))
  const errorWord = /^[A-Z]{3,}\b/.exec(thrown.message)?.[0]
  const message = errorWord === undefined ? 'Redis refused the command' : `Redis answered ${errorWord}`
  return new AppError(wording?.code ?? 'REDIS_ERROR', wording?.message ?? message, { cause: thrown })
}

/**
 * A fault of a socket or of TLS (Node's errors, which have a code), or of the client that lost it. TypeError and
 * RangeError are bugs of our own.
 */
function isConnectionFault(thrown: unknown): thrown is Error {
  const ofClient = [
    ClientClosedError,
    ClientOfflineError,
    ConnectionTimeoutError,
    DisconnectsClientError,
    SocketClosedUnexpectedlyError,
  ]
  if (ofClient.some((kind) => thrown instanceof kind)) return true
  const isMistake = thrown instanceof TypeError || thrown instanceof RangeError
  return thrown instanceof Error && !isMistake && 'code' in thrown && typeof thrown.code === 'string'
}

/** OpenSSL's codes (X509_V_ERR_…), and Node's code for a name that is missing in the certificate. */
const CERTIFICATE_CODES = /^(ERR_TLS_CERT_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(GET|VERIFY)_|INVALID_CA)/

function describeConnectionFault(fault: Error): string {
  const code = 'code' in fault ? String(fault.code) : ''
  if (!CERTIFICATE_CODES.test(code)) return 'Redis cannot be reached'
  return `Expected a certificate of Redis that is trusted through REDIS_TLS_CA and REDIS_TLS_SERVERNAME, got ${code}`
}

/** FT.CREATE or FT.ALIASADD lost a race: another client has just made the same index or alias. */
export function isAlreadyExistsError(error: unknown): boolean {
  return error instanceof AppError && serverText(error).toLowerCase().includes('already exists')
}

/** The connection's password or the gateway's token is wrong or missing. It may have been rotated. */
export function isWrongPassword(error: unknown): boolean {
  return error instanceof AppError && /^(WRONGPASS|NOAUTH|Unauthorized)\b/.test(serverText(error))
}

/** The server has become a replica. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof AppError && /^READONLY\b/.test(serverText(error))
}

/** The server refused this one command. Other commands of the connection are not affected. */
export function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.cause instanceof ErrorReply
}

/** The server's message. It may quote an argument. */
export function serverText(error: AppError): string {
  return error.cause instanceof ErrorReply ? error.cause.message : ''
}
