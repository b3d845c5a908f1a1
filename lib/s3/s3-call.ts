import { S3Client } from '@aws-sdk/client-s3'
import { type AwsCallOptions, callWithDeadline, type SendOptions } from '../aws/call-with-deadline.ts'
import { clientSettings } from '../aws/client-settings.ts'

/** How long S3 may take to begin its answer. */
const ANSWER_MS = 5_000
/** Additional time for the bytes of a request: a link of 1 Mbit/s is slow, but not a fault. */
const BYTES_PER_MS = 128
const ATTEMPTS = 3

export function s3Client(): S3Client {
  return new S3Client(clientSettings({ answerMs: ANSWER_MS, attempts: ATTEMPTS }))
}

/** Makes a call of S3 in up to three attempts. A caller that retries by itself passes `attempts: 1`. */
export function callS3<T>(
  send: (options: SendOptions) => Promise<T>,
  { deadline = Number.POSITIVE_INFINITY, bytes = 0, attempts = ATTEMPTS }: S3CallOptions = {},
): Promise<T> {
  const answerMs = ANSWER_MS + bytes / BYTES_PER_MS
  return callWithDeadline({ deadline: Math.min(deadline, Date.now() + answerMs * attempts), answerMs }, send)
}

interface S3CallOptions extends AwsCallOptions {
  /** The size of the request body. */
  bytes?: number
  attempts?: number
}
