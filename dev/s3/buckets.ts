import { region } from '../local/identity.ts'
import type { Context } from './context.ts'
import { OWNER } from './events.ts'
import type { Reply } from './reply.ts'
import type { S3Request } from './request.ts'
import { writeXml } from './xml.ts'

export function listBuckets({ store }: Context): Reply {
  const buckets = store
    .buckets()
    .map(({ name, created }) => ({ Name: name, CreationDate: created.toISOString() }))
  return {
    xml: writeXml('ListAllMyBucketsResult', {
      Owner: { ID: OWNER, DisplayName: OWNER },
      Buckets: { Bucket: buckets },
    }),
  }
}

/** As in us-east-1, the creation of an existing own bucket is not an error. */
export function createBucket({ store }: Context, { bucket }: S3Request): Reply {
  store.createBucket(bucket)
  return { headers: { location: `/${bucket}` } }
}

export function headBucket({ store }: Context, { bucket }: S3Request): Reply {
  store.bucket(bucket)
  return { headers: { 'x-amz-bucket-region': region } }
}

/** S3 writes us-east-1 as an empty element. */
export function bucketLocation({ store }: Context, { bucket }: S3Request): Reply {
  store.bucket(bucket)
  return { xml: writeXml('LocationConstraint', '') }
}
