import type { SQSRecord } from 'aws-lambda'
import { causes, toAppError } from '../errors.ts'
import type { Queue } from './queue.ts'
import { secondsBeforeRetry } from './retry.ts'

/** Lets a failed message come again soon. A failure here costs time and no work: the queue delivers the message later. */
export async function retrySoon(
  { queue, deadline }: { queue: Queue; deadline: number },
  { receiptHandle, attributes }: SQSRecord,
): Promise<{ problem?: { reason: string; cause: string[] } }> {
  const attempt = Number(attributes.ApproximateReceiveCount) || 1
  try {
    await queue.retryIn(receiptHandle, secondsBeforeRetry(attempt), { deadline })
    return {}
  } catch (thrown) {
    const error = toAppError(thrown)
    return { problem: { reason: error.message, cause: causes(error) } }
  }
}
