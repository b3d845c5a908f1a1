export interface AwsCallOptions {
  /** Epoch milliseconds. The call ends by then, retries included. */
  deadline?: number
}

/** The options that a client's `send` accepts with a command. */
export interface SendOptions {
  abortSignal: AbortSignal
  requestTimeout: number
}

/**
 * Makes a call of the AWS SDK. Each attempt may take `answerMs`. At the deadline, the call rejects with the SDK's
 * AbortError.
 */
export async function callWithDeadline<T>(
  { deadline, answerMs }: { deadline: number; answerMs: number },
  send: (options: SendOptions) => Promise<T>,
): Promise<T> {
  const abort = new AbortController()
  const ms = deadline - Date.now()
  if (ms <= 0) abort.abort()
  const timer = setTimeout(() => abort.abort(), ms)
  try {
    return await send({ abortSignal: abort.signal, requestTimeout: answerMs })
  } finally {
    clearTimeout(timer)
  }
}
