/** What a client of the AWS SDK waits for, in each of its attempts. */
export interface AwsLimits {
  connectMs?: number
  /** From the request to the head of the answer; a call may set another time. */
  answerMs: number
  attempts: number
}

/**
 * The settings of every client of the AWS SDK, all of which `architecture.test.ts` holds to this function. By default the
 * SDK waits without end for a service that takes the connection and is silent, until Lambda kills the invocation.
 */
export function clientSettings({ connectMs = 2_000, answerMs, attempts }: AwsLimits) {
  return {
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      // Without it the SDK only warns.
      throwOnRequestTimeout: true,
      socketTimeout: SOCKET_SILENT_MS,
    },
  }
}

/** The last resort, for a body that has begun. It must be long: it also runs while we read nothing, waiting for Redis. */
const SOCKET_SILENT_MS = 60_000
