/**
 * Must equal `maxReceiveCount` in serverless.yml; a test compares them. After this many failed attempts, SQS moves a
 * message to the dead-letter queue.
 */
export const MAX_ATTEMPTS = 5
/** A Redis that restarts is available again within a few of these. */
const FIRST_RETRY_SECONDS = 30

/**
 * How long SQS hides a message after its nth failed attempt. After the last attempt it is 0: SQS moves a message to
 * the dead-letter queue only when it would deliver it again.
 */
export function secondsBeforeRetry(attempt: number): number {
  return attempt < MAX_ATTEMPTS ? FIRST_RETRY_SECONDS * 2 ** (attempt - 1) : 0
}
