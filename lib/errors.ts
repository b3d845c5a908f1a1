import * as v from 'valibot'

interface ErrorDescription {
  status: number
  title: string
  /** Whether the same request may succeed later: the queue delivers the message again. */
  retry: boolean
  /** Seconds for the Retry-After header: how long the cause usually lasts. */
  retryAfter?: number
}

/**
 * Every error that Lookalike can answer: its HTTP status, its title (RFC 9457) and whether to retry. No other code
 * decides a status. `docs/errors.md` explains each code to its reader; a test compares the two lists.
 */
export const ERRORS = {
  REQUEST_INVALID: { status: 400, title: 'The request is not valid', retry: false },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The route has no such method', retry: false },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, title: 'The media type of the body is not supported', retry: false },
  BODY_NOT_UTF8: { status: 400, title: 'The body is not UTF-8', retry: false },
  BODY_NOT_JSON: { status: 400, title: 'The body is not JSON', retry: false },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large', retry: false },
  ANSWER_TOO_LARGE: { status: 413, title: 'The answer is too large', retry: false },
  ROUTE_UNKNOWN: { status: 404, title: 'There is no such route', retry: false },
  VECTOR_FORMAT: { status: 400, title: 'The vector is neither numbers nor base64', retry: false },
  VECTOR_DIMENSIONS: { status: 400, title: 'The vector has the wrong number of dimensions', retry: false },
  VECTOR_NOT_FINITE: { status: 400, title: 'The vector does not fit into its type', retry: false },
  VECTOR_ZERO: { status: 400, title: 'The vector has no direction', retry: false },
  FILTER_INVALID: { status: 400, title: 'The filter is not valid', retry: false },
  SEARCH_TOO_COSTLY: { status: 400, title: 'The search would block Redis for too long', retry: false },
  FIELD_UNKNOWN: { status: 400, title: 'The index has no such field', retry: false },
  USER_NOT_FOUND: { status: 404, title: 'There is no such user', retry: false },
  ERASED: { status: 409, title: 'The user was erased', retry: false },
  ERASURE_NOT_FOUND: { status: 404, title: 'The user is not on the erasure list', retry: false },
  ERASURES_FULL: { status: 409, title: 'The erasure list is full', retry: false },
  USER_NOT_SEARCHABLE: { status: 409, title: 'The user has no usable vector', retry: false },
  CHANGE_REFUSED: { status: 409, title: 'The change of the index was refused', retry: false },
  INDEX_OWNED: { status: 409, title: 'The index belongs to another stack', retry: false },
  ROLLBACK_IMPOSSIBLE: { status: 409, title: 'There is no previous index version', retry: false },
  PRECONDITION_FAILED: { status: 412, title: 'The user does not meet the precondition', retry: false },
  IMPORT_ENDED: { status: 409, title: 'The import has ended', retry: false },
  IMPORT_NOT_FOUND: { status: 404, title: 'There is no such import', retry: false },
  IMPORT_HAS_NO_FILE: { status: 409, title: 'The import has no such file', retry: false },
  AUDIENCE_NOT_FOUND: { status: 404, title: 'There is no such audience', retry: false },
  AUDIENCE_RUNNING: { status: 409, title: 'The audience is being built', retry: false },
  AUDIENCE_HAS_NO_FILE: { status: 409, title: 'The audience has no such file', retry: false },
  SEEDS_TOO_MANY: { status: 422, title: 'There are too many seeds', retry: false },
  SEEDS_UNUSABLE: { status: 422, title: 'No seed can be used', retry: false },

  RECORD_NOT_UTF8: { status: 422, title: 'The record is not UTF-8', retry: false },
  RECORD_NOT_JSON: { status: 422, title: 'The record is not JSON', retry: false },
  RECORD_NOT_CSV: { status: 422, title: 'The record is not CSV', retry: false },
  RECORD_NOT_OBJECT: { status: 422, title: 'The record is not an object', retry: false },
  RECORD_TOO_LARGE: { status: 422, title: 'The record is too large', retry: false },
  RECORD_TRUNCATED: { status: 422, title: 'The record ends too early', retry: false },
  VALUE_INVALID: { status: 422, title: 'The value has no JSON form', retry: false },
  RECORD_UNSTORABLE: { status: 422, title: 'Redis cannot store the record', retry: false },
  ID_INVALID: { status: 422, title: 'The record has no usable id', retry: false },
  FIELD_TYPE: { status: 422, title: 'RediSearch would not index the field', retry: false },
  FILE_UNSUPPORTED: { status: 422, title: 'The format of the file is not supported', retry: false },
  FILE_MALFORMED: { status: 422, title: 'The file is damaged or violates its format', retry: false },
  FILE_TRUNCATED: { status: 422, title: 'The file ends too early', retry: false },
  FILE_TOO_LARGE: { status: 422, title: 'The unpacked file is too large', retry: false },
  IMPORT_STALLED: { status: 422, title: 'The import cannot continue', retry: false },
  OBJECT_NOT_FOUND: { status: 404, title: 'The object is not in the bucket', retry: false },
  OBJECT_REPLACED: { status: 409, title: 'The object was replaced meanwhile', retry: false },
  UPLOAD_LOST: { status: 503, title: 'S3 no longer has the multipart upload', retry: true, retryAfter: 5 },
  OBJECT_UNAVAILABLE: { status: 503, title: 'S3 did not answer', retry: true, retryAfter: 5 },
  QUEUE_UNAVAILABLE: { status: 503, title: 'SQS did not answer', retry: true, retryAfter: 5 },

  CONFIG_INVALID: { status: 500, title: 'The configuration is not valid', retry: false },
  SECRET_UNAVAILABLE: { status: 503, title: 'The Redis URL cannot be read', retry: true, retryAfter: 5 },
  EVENT_UNKNOWN: { status: 500, title: 'The kind of the event is unknown', retry: false },
  INDEX_DRIFTED: {
    status: 503,
    title: 'The index differs from its definition',
    retry: true,
    retryAfter: 60,
  },
  INDEX_MISSING: { status: 503, title: 'The index does not exist', retry: true, retryAfter: 60 },
  REDIS_UNAVAILABLE: { status: 503, title: 'Redis cannot be reached', retry: true, retryAfter: 2 },
  REDIS_TIMEOUT: { status: 504, title: 'Redis did not answer in time', retry: true, retryAfter: 2 },
  REDIS_BUSY: { status: 503, title: 'Redis cannot accept the command now', retry: true, retryAfter: 1 },
  REDIS_CLUSTER: { status: 500, title: 'Redis is a cluster', retry: false },
  REDIS_REFUSED: { status: 500, title: 'Redis does not permit the command', retry: true, retryAfter: 60 },
  MODULE_MISSING: { status: 501, title: 'Redis has no RediSearch or no RedisJSON', retry: false },
  TRANSPORT_UNSUPPORTED: {
    status: 501,
    title: 'The operation needs a connection, which HTTP does not have',
    retry: false,
  },
  REDIS_ERROR: { status: 500, title: 'Redis answered with an error', retry: true, retryAfter: 5 },
  INTERNAL: { status: 500, title: 'An internal error occurred', retry: true, retryAfter: 5 },
} as const satisfies Record<string, ErrorDescription>

export type ErrorCode = keyof typeof ERRORS

export const ErrorCodeSchema = v.custom<ErrorCode>(
  (code) => typeof code === 'string' && Object.hasOwn(ERRORS, code),
)

/** One problem of the input. `path` is a JSON path such as `vector[7]`. */
export interface Problem {
  path: string
  message: string
}

/** The path of a schema's issue, in our notation: `searches[0].k`. */
export function placeOf({ path }: v.BaseIssue<unknown>): string {
  return (path ?? []).reduce((place, { key }) => {
    if (typeof key === 'number') return `${place}[${key}]`
    return place === '' ? String(key) : `${place}.${key}`
  }, '')
}

interface AppErrorOptions {
  cause?: unknown
  problems?: Problem[]
}

/** The only error class: a code of the table, and a message with the expectation, the value and the place. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly problems: Problem[]

  constructor(code: ErrorCode, message: string, { cause, problems = [] }: AppErrorOptions = {}) {
    super(message, { cause })
    this.code = code
    this.problems = problems
  }

  get status(): number {
    return ERRORS[this.code].status
  }

  get retry(): boolean {
    return ERRORS[this.code].retry
  }

  get retryAfter(): number | undefined {
    const description: ErrorDescription = ERRORS[this.code]
    return description.retryAfter
  }
}

/** Turns anything thrown into an AppError. An unforeseen error becomes INTERNAL, with the original as its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  return new AppError('INTERNAL', 'An unexpected error occurred', { cause: thrown })
}

/**
 * The patterns with which a message may begin to quote data: `Unexpected token 'h', "hunter2" is not valid JSON`,
 * `Syntax error at offset 6 near mountain`, `(got …)`, `redis://user:…`. An apostrophe inside a word does not count.
 */
const QUOTATION = /["`(]|(?<!\w)'|\bnear\b|:\/\//i

/**
 * For the log: the names and messages in the chain of causes. Each message ends before its first quotation, and after
 * 200 characters.
 */
export function causes(error: Error): string[] {
  const chain: string[] = []
  for (let { cause } = error; cause instanceof Error; cause = cause.cause) {
    const [unquoted = ''] = messageOf(cause).split(QUOTATION)
    const shown = unquoted.slice(0, 200).trim()
    chain.push(shown === '' ? cause.name : `${cause.name}: ${shown}`)
  }
  return chain
}

/** A host with two addresses refuses twice: Node's AggregateError has no message of its own. */
function messageOf(error: Error): string {
  if (error.message !== '' || !(error instanceof AggregateError)) return error.message
  return error.errors.map((one: unknown) => (one instanceof Error ? messageOf(one) : '')).join(', ')
}

/** The text. If it is too long, its beginning and its length. */
export function excerpt(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max)}… (${text.length} characters)`
}

/** A value as a message may show it, in at most 40 characters: `3 → "3"`, `"a" → "\"a\""`, objects → their kind. */
export function show(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value)
  return String(value)
}

/** The kind of a value without the value, for private data: `text`, `a number`, `an array of 2`. */
export function kind(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return 'text'
  return typeof value === 'object' ? show(value) : `a ${typeof value}`
}
