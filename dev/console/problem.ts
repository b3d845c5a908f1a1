import type { HttpAnswer } from '../local/http-answer.ts'

/**
 * The problems of the console's own server. An answer of the API keeps the codes of lib/errors.ts. docs/console.md
 * lists these codes.
 */
const PROBLEMS = {
  REQUEST_REFUSED: { status: 403, title: 'Only the console itself may send this request' },
  LINK_USED: { status: 403, title: 'The link does not open the console' },
  SIGN_IN_NEEDED: { status: 401, title: 'The browser is not signed in' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The server has no such method' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  CREDENTIALS_EXPIRED: { status: 401, title: 'The AWS credentials have expired' },
  CREDENTIALS_MISSING: { status: 401, title: 'There are no AWS credentials' },
  API_UNREACHABLE: { status: 502, title: 'The API cannot be reached' },
} as const

export type HostCode = keyof typeof PROBLEMS

/** An error of the console's own server. The message says what was expected, what came, and what to do. */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostCode

  constructor(code: HostCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The answer in the form of RFC 9457, as that of the API. */
export function problemAnswer({ code, message }: HostError): HttpAnswer {
  const problem = {
    type: `urn:lookalike:error:${code}`,
    ...PROBLEMS[code],
    detail: message,
    code,
    errors: [],
  }
  return {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    cookies: [],
    body: JSON.stringify(problem),
  }
}
