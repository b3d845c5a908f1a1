import { HostError } from './problem.ts'

const SIGN_IN =
  'sign in again in a terminal, for example with "aws sso login", and repeat the request. Credentials in environment variables need a new start of "npm run console"'

/** The error of a request to AWS, as one that says what a person has to do. */
export function toHostError(error: unknown): HostError {
  if (error instanceof HostError) return error
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  if (/expired/i.test(`${name} ${message}`)) return expiredCredentials(error)
  if (/CredentialsProvider|TokenProvider/.test(name)) {
    const missing = `Expected AWS credentials, got none (${message}): ${SIGN_IN}`
    return new HostError('CREDENTIALS_MISSING', missing, { cause: error })
  }
  const unreachable = `Expected an answer of the API, got none (${name}): check the network of the machine that runs the console`
  return new HostError('API_UNREACHABLE', unreachable, { cause: error })
}

export function expiredCredentials(cause?: unknown): HostError {
  const message = `Expected valid AWS credentials, got expired ones: ${SIGN_IN}`
  return new HostError('CREDENTIALS_EXPIRED', message, { cause })
}
