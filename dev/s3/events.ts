import type { S3Event } from 'aws-lambda'
import { region } from '../local/identity.ts'

/** A created object. `etag` has no quotes, `key` is not encoded. */
export interface CreatedObject {
  by: 'Put' | 'Post' | 'Copy' | 'CompleteMultipartUpload'
  bucket: string
  key: string
  size: number
  etag: string
  sequencer: string
  requestId: string
  time: Date
}

/**
 * The notification of AWS for the object, with one record.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function objectCreatedEvent(created: CreatedObject): S3Event {
  const { by, bucket, key, size, etag, sequencer, requestId, time } = created
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: region,
        eventTime: time.toISOString(),
        eventName: `ObjectCreated:${by}`,
        userIdentity: { principalId: OWNER },
        requestParameters: { sourceIPAddress: '127.0.0.1' },
        responseElements: { 'x-amz-request-id': requestId, 'x-amz-id-2': requestId },
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: 'lookalike',
          bucket: { name: bucket, ownerIdentity: { principalId: OWNER }, arn: `arn:aws:s3:::${bucket}` },
          object: { key: formEncode(key), size, eTag: etag, sequencer },
        },
      },
    ],
  }
}

/** The owner of all objects in this server. */
export const OWNER = 'lookalike'

/** A key as AWS encodes it in events and listings: a space is '+', '/' stays, the rest as in an HTML form. */
export function formEncode(key: string): string {
  return new URLSearchParams([['', key]]).toString().slice(1).replaceAll('%2F', '/')
}
