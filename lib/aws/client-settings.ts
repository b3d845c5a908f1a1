/** How long a client of the AWS SDK waits in each attempt, and how many attempts it makes. */
export interface AwsLimits {
  connectMs?: number
  /** From the request to the head of the answer. A call may set another time. */
  answerMs: number
  attempts: number
}

/**
 * The settings of every AWS SDK client; `architecture.test.ts` checks that each client uses them. By default, the SDK
 * waits without limit for a service that accepts the connection and stays silent. Lambda would then kill the
 * invocation.
 */
export function clientSettings({ connectMs = 2_000, answerMs, attempts }: AwsLimits) {
  return {
    maxAttempts: attempts,
    requestHandler: {
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      // Without this, the SDK only logs a warning.
      throwOnRequestTimeout: true,
      socketTimeout: SOCKET_SILENT_MS,
    },
  }
}

/**
 * The last limit, for a body that has begun. It must be long, because it also runs while we wait for Redis and read
 * nothing.
 */
const SOCKET_SILENT_MS = 60_000
