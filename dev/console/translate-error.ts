import { HostError } from './problem.ts'

const SIGN_IN =
  'sign in again in a terminal, for example with "aws sso login", and repeat the request. Credentials in environment variables need a new start of "npm run console"'

const UNREACHABLE = {
  API_UNREACHABLE: 'Expected an answer of the API, got none',
  BUCKET_UNAVAILABLE: 'Expected the bucket to take the request, got an error',
} as const

/** The error of a request to AWS, as one that says what a person has to do. `otherwise` is what has failed. */
export function toHostError(error: unknown, otherwise: keyof typeof UNREACHABLE): HostError {
  if (error instanceof HostError) return error
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  if (/expired/i.test(`${name} ${message}`)) return expiredCredentials(error)
  if (/CredentialsProvider|TokenProvider/.test(name)) {
    const missing = `Expected AWS credentials, got none (${message}): ${SIGN_IN}`
    return new HostError('CREDENTIALS_MISSING', missing, { cause: error })
  }
  const where = 'check the network of the machine that runs the console, and the rights of the credentials'
  return new HostError(otherwise, `${UNREACHABLE[otherwise]} (${name}): ${where}`, { cause: error })
}

export function expiredCredentials(cause?: unknown): HostError {
  const message = `Expected valid AWS credentials, got expired ones: ${SIGN_IN}`
  return new HostError('CREDENTIALS_EXPIRED', message, { cause })
}
