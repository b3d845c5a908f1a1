import type { ErrorCode, ProblemPlace } from './api.ts'

/** An answer that is no success. Lookalike's answers have a code; the answers of API Gateway itself have none. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: ErrorCode | undefined
  /** What is wrong with the request, and where. */
  readonly errors: readonly ProblemPlace[]
  readonly retryAfterSeconds: number | undefined
  /** The body as it came, parsed if it is JSON. */
  readonly body: unknown

  constructor(route: string, status: number, body: unknown, retryAfter: string | null) {
    const {
      code,
      detail,
      errors = [],
    } = isProblem(body) ? body : { code: undefined, detail: messageOf(body) }
    super(`${route}: ${status} ${code === undefined ? '' : `${code}: `}${detail}`)
    this.status = status
    this.code = code
    this.errors = errors
    this.retryAfterSeconds = secondsOf(retryAfter)
    this.body = body
  }
}

function isProblem(body: unknown): body is { code: ErrorCode; detail: string; errors?: ProblemPlace[] } {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body
}

function messageOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'message' in body) return String(body.message)
  return typeof body === 'string' ? body.slice(0, 200) : ''
}

/** Retry-After in seconds. Lookalike never sends a date there, so a date counts as none. */
function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined
}
