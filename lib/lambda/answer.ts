import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { AppError, ERRORS, excerpt } from '../errors.ts'
import type { ProblemDetails } from './problem-details.ts'

/** The answer of a route. A route reports every error as an AppError. */
export interface Answer {
  status: number
  /** Absent with 204 and 304. */
  body?: unknown
  headers?: Record<string, string>
}

/**
 * Lambda refuses an answer of 6 MiB. The answer contains the body as a JSON string, which is longer than the body.
 */
const MAX_ANSWER_BYTES = 5 * 1024 * 1024
/** A body of 1 MiB can contain 500,000 mistakes. */
const MAX_PROBLEMS = 20
const MAX_DETAIL = 2_000
const MAX_PATH = 200

/** Answers hold personal data: no cache may store them, and no browser may interpret them as anything but JSON. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export function ok<T>(body: T): { status: 200; body: T } {
  return { status: 200, body }
}

/** @throws AppError ANSWER_TOO_LARGE */
export function toSuccessResult({ status, body, headers }: Answer): APIGatewayProxyStructuredResultV2 {
  if (body === undefined) return { statusCode: status, headers: { ...HEADERS, ...headers } }
  const text = JSON.stringify(body)
  const bytes = Buffer.byteLength(text)
  if (bytes <= MAX_ANSWER_BYTES) return json(status, 'application/json', text, headers)
  const message = `Expected an answer of at most ${MAX_ANSWER_BYTES} bytes, got ${bytes}: request fewer results or fields`
  throw new AppError('ANSWER_TOO_LARGE', message)
}

export function toProblemResult(
  error: AppError,
  { instance, headers }: { instance?: string | undefined; headers?: Record<string, string> } = {},
): APIGatewayProxyStructuredResultV2 {
  const { retryAfter } = error
  const problem = { ...toProblemDetails(error), ...(instance !== undefined && { instance }) }
  return json(error.status, 'application/problem+json', JSON.stringify(problem), {
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
    ...headers,
  })
}

/**
 * The problem details (RFC 9457). They are limited whatever the caller sent: at most twenty problems, and no long
 * text of the caller.
 */
export function toProblemDetails({ code, status, message, problems }: AppError): ProblemDetails {
  const shown = problems.slice(0, MAX_PROBLEMS).map((one) => ({
    path: excerpt(one.path, MAX_PATH),
    message: excerpt(one.message, MAX_DETAIL),
  }))
  const more = problems.length - shown.length
  const detail = excerpt(message, MAX_DETAIL) + (more > 0 ? ` (and ${more} more problems)` : '')
  return {
    type: `urn:lookalike:error:${code}`,
    title: ERRORS[code].title,
    status,
    detail,
    code,
    errors: shown,
  }
}

function json(
  statusCode: number,
  contentType: string,
  body: string,
  headers?: Record<string, string>,
): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': contentType, ...HEADERS, ...headers }, body }
}
