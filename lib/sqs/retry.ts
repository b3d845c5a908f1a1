/** As `maxReceiveCount` in serverless.yml, which a test compares: what was received as often goes to the dead-letter queue. */
export const MAX_ATTEMPTS = 5
/** A Redis that restarts is back within some of these. */
const FIRST_RETRY_SECONDS = 30

/**
 * For how long a message rests whose nth attempt has failed. After the last one not at all: SQS moves a message to the
 * dead-letter queue only when it would be received once more.
 */
export function secondsBeforeRetry(attempt: number): number {
  return attempt < MAX_ATTEMPTS ? FIRST_RETRY_SECONDS * 2 ** (attempt - 1) : 0
}
