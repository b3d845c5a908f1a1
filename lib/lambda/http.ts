import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import * as v from 'valibot'
import { AppError, causes, ERRORS, placeOf, toAppError } from '../errors.ts'
import type { Deadline } from '../redis/redis.ts'
import type { Log } from './log.ts'
import type { ProblemDetails } from './problem-details.ts'

export interface Call {
  event: APIGatewayProxyEventV2
  deadline: Deadline
}

/** What a route answers with; whatever else can happen it throws as an AppError. */
export interface Answer {
  status: number
  /** Nothing, with 204. */
  body?: unknown
  headers?: Record<string, string>
}

export type Route = (call: Call) => Promise<Answer>

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<APIGatewayProxyStructuredResultV2>

/** Twenty searches by vectors of 3,072 dimensions in base64, or three as numbers. */
const MAX_BODY_BYTES = 1024 * 1024
/** Lambda gives up at 6 MiB, with the body written once more as a JSON string. */
const MAX_ANSWER_BYTES = 5 * 1024 * 1024
/** No caller of an HTTP API waits longer for a search than this; what is left of the invocation is for answering. */
const MAX_WAIT_MS = 5_000
const RESERVE_MS = 500

/** The edge: one handler for the routes (`'POST /search'`) of a function. The only file that knows status codes' shapes. */
export function httpApi(routes: Record<string, Route>, log: Log): HttpHandler {
  return async (event, context) => {
    const startedAt = performance.now()
    const deadline = Date.now() + Math.min(MAX_WAIT_MS, context.getRemainingTimeInMillis() - RESERVE_MS)
    let result: APIGatewayProxyStructuredResultV2
    let code: string | undefined
    try {
      const route = routes[event.routeKey]
      if (route === undefined)
        throw new AppError('ROUTE_UNKNOWN', `Expected one of ${Object.keys(routes).join(', ')}`)
      result = success(await route({ event, deadline }))
    } catch (thrown) {
      const error = toAppError(thrown)
      code = error.code
      if (error.status >= 500) log.error(error.message, { code, cause: causes(error) })
      result = failure(error)
    }
    const tookMs = Math.round(performance.now() - startedAt)
    log.info('request', {
      route: event.routeKey,
      status: result.statusCode,
      tookMs,
      ...(code !== undefined && { code }),
    })
    return result
  }
}

/** An HTTP API's event, for functions that are also invoked in other ways. */
export function isHttp(event: object): event is APIGatewayProxyEventV2 {
  return 'routeKey' in event
}

/** The answer of most routes. */
export function ok<T>(body: T): { status: 200; body: T } {
  return { status: 200, body }
}

/**
 * The request's body as it came.
 *
 * @throws AppError BODY_TOO_LARGE
 */
export function bodyBytes({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')
  checkBodySize(bytes.length)
  return bytes
}

function checkBodySize(bytes: number): void {
  if (bytes <= MAX_BODY_BYTES) return
  throw new AppError('BODY_TOO_LARGE', `Expected a body of at most ${MAX_BODY_BYTES} bytes, got ${bytes}`)
}

/**
 * The same as JSON.
 *
 * @throws AppError BODY_TOO_LARGE, BODY_NOT_JSON
 */
export function jsonBody({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): unknown {
  // Text is parsed as it came: through a Buffer and back, 1,536 numbers would take a third longer.
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body
  checkBodySize(Buffer.byteLength(text))
  try {
    return JSON.parse(text)
  } catch {
    throw new AppError('BODY_NOT_JSON', 'Expected a body of JSON')
  }
}

/**
 * What the schema makes of a value.
 *
 * @throws AppError REQUEST_INVALID with every problem and its path
 */
export function validate<TSchema extends v.GenericSchema>(
  schema: TSchema,
  value: unknown,
): v.InferOutput<TSchema> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const problems = parsed.issues.map((issue) => ({ path: placeOf(issue), message: issue.message }))
  const detail = problems
    .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
    .join('; ')
  throw new AppError('REQUEST_INVALID', detail, { problems })
}

/** RFC 9457. */
export function problem({ code, status, message, problems }: AppError): ProblemDetails {
  const type = `urn:lookalike:error:${code}`
  return { type, title: ERRORS[code].title, status, detail: message, code, errors: problems }
}

function failure(error: AppError): APIGatewayProxyStructuredResultV2 {
  const result = json(error.status, 'application/problem+json', JSON.stringify(problem(error)))
  return error.retry ? { ...result, headers: { ...result.headers, 'retry-after': '1' } } : result
}

function success({ status, body, headers }: Answer): APIGatewayProxyStructuredResultV2 {
  if (body === undefined) return { statusCode: status, headers: { ...headers } }
  const text = JSON.stringify(body)
  if (Buffer.byteLength(text) <= MAX_ANSWER_BYTES) {
    const result = json(status, 'application/json', text)
    return { ...result, headers: { ...result.headers, ...headers } }
  }
  const message = `Expected an answer of at most ${MAX_ANSWER_BYTES} bytes, got ${Buffer.byteLength(text)}`
  throw new AppError('ANSWER_TOO_LARGE', message)
}

function json(statusCode: number, contentType: string, body: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': contentType }, body }
}
