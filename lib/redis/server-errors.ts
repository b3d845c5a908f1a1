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
  'Expected one Redis server with all users, or an endpoint that stands for it, got a node of a Redis Cluster'

/**
 * What the server's wordings mean, in one place: they differ between commands and versions ("Unknown index name",
 * "users: no such index"). Tested on a live server, so an upgrade that words them anew breaks one test by name.
 */
export const WORDINGS: readonly { pattern: RegExp; code: ErrorCode; message?: string }[] = [
  {
    // Of Redis; of Upstash's own databases; of a script, which does not say which.
    pattern:
      /(unknown command|command is not available):? ['"`]?(FT|JSON)\.|unknown redis command called from script/i,
    code: 'MODULE_MISSING',
    message: 'Expected a Redis with RediSearch and RedisJSON (Redis Stack, or Redis 8), got one without',
  },
  { pattern: /no such index|unknown index name|index_not_found/i, code: 'INDEX_MISSING' },
  // Where the server is set to ON_TIMEOUT FAIL; else it answers with part of the rows, and a warning.
  { pattern: /timeout limit/i, code: 'REDIS_TIMEOUT' },
  {
    pattern: /LIMIT exceeds maximum/i,
    code: 'REQUEST_INVALID',
    message: 'Expected k within MAXSEARCHRESULTS of Redis: ask for fewer results, or raise it there',
  },
  { pattern: /^(ERR )?max number of clients reached/, code: 'REDIS_BUSY' },
  { pattern: /^(OOM|LOADING|READONLY|BUSY|TRYAGAIN|MASTERDOWN|MISCONF)\b/, code: 'REDIS_BUSY' },
  { pattern: /^(MOVED|ASK|CROSSSLOT|CLUSTERDOWN)\b/, code: 'REDIS_CLUSTER', message: IS_CLUSTER },
  {
    // The last one of a script.
    pattern: /^(NOPERM|NOAUTH|WRONGPASS|DENIED|ERR ACL failure in script)\b/,
    code: 'REDIS_REFUSED',
  },
  {
    pattern: /^(Unauthorized|Forbidden)\b/,
    code: 'REDIS_REFUSED',
    message: 'The gateway to Redis refuses the token',
  },
  // Of a gateway that has lost Redis.
  { pattern: /^(Connection is closed|Reached the max retries)|ECONNREFUSED/, code: 'REDIS_UNAVAILABLE' },
  {
    pattern:
      /existing key has wrong redis type|^WRONGTYPE\b|parse as utf-8|recursion limit|number out of range|(at|in) line \d+ column/i,
    code: 'RECORD_UNSTORABLE',
  },
]

/** Turns what a Redis client threw into an AppError. The server's text stays in `cause`: it may quote an argument. */
export function toRedisError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  if (thrown instanceof Error && thrown.message === 'The queue is full') {
    return new AppError('REDIS_BUSY', 'Too many commands wait for Redis', { cause: thrown })
  }
  if (isConnectionFault(thrown)) {
    return new AppError('REDIS_UNAVAILABLE', connectionFault(thrown), { cause: thrown })
  }
  if (!(thrown instanceof ErrorReply)) return toAppError(thrown)
  const known = WORDINGS.find(({ pattern }) => pattern.test(thrown.message))
  const word = /^[A-Z]{3,}\b/.exec(thrown.message)?.[0]
  const message = word === undefined ? 'Redis refused the command' : `Redis answered ${word}`
  return new AppError(known?.code ?? 'REDIS_ERROR', known?.message ?? message, { cause: thrown })
}

/** Of a socket or TLS (Node's errors, which have a code), or of the client that lost it; not a mistake of our own. */
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

/** OpenSSL's codes (X509_V_ERR_…), and Node's for a name that is not in the certificate. */
const OF_A_CERTIFICATE = /^(ERR_TLS_CERT_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(GET|VERIFY)_|INVALID_CA)/

function connectionFault(fault: Error): string {
  const code = 'code' in fault ? String(fault.code) : ''
  if (!OF_A_CERTIFICATE.test(code)) return 'Redis cannot be reached'
  return `Expected a certificate that REDIS_TLS_CA and REDIS_TLS_SERVERNAME make trusted, got ${code}`
}

/** FT.CREATE or FT.ALIASADD lost a race: somebody else has just made the same thing. */
export function alreadyExists(error: unknown): boolean {
  return error instanceof AppError && serverText(error).toLowerCase().includes('already exists')
}

/** The password of the connection, or the token of a gateway, is wrong or is missing: it may have been rotated. */
export function isWrongPassword(error: unknown): boolean {
  return error instanceof AppError && /^(WRONGPASS|NOAUTH|Unauthorized)\b/.test(serverText(error))
}

/** The server has become a replica. */
export function isReadOnly(error: unknown): boolean {
  return error instanceof AppError && /^READONLY\b/.test(serverText(error))
}

/** It is the server's answer to a command, which ends nothing else. */
export function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && error.cause instanceof ErrorReply
}

/** What the server has said; it may quote an argument. */
export function serverText(error: AppError): string {
  return error.cause instanceof ErrorReply ? error.cause.message : ''
}
