export interface AwsCallOptions {
  /** Epoch milliseconds. A call ends by then, retries included. */
  deadline?: number
}

/** The options that a client's `send` takes with a command. */
export interface SendOptions {
  abortSignal: AbortSignal
  requestTimeout: number
}

/** Makes a call of the AWS SDK, and rejects with its AbortError at the deadline. Each attempt has `answerMs`. */
export async function callWithDeadline<T>(
  { deadline, answerMs }: { deadline: number; answerMs: number },
  send: (options: SendOptions) => Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const ms = deadline - Date.now()
  if (ms <= 0) late.abort()
  const timer = setTimeout(() => late.abort(), ms)
  try {
    return await send({ abortSignal: late.signal, requestTimeout: answerMs })
  } finally {
    clearTimeout(timer)
  }
}
