import { bucketLocation, createBucket, headBucket, listBuckets } from './buckets.ts'
import { completeUpload } from './complete-upload.ts'
import type { Context } from './context.ts'
import { copyObject } from './copy-object.ts'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { s3Error } from './errors.ts'
import { RESPONSE_PARAMETERS } from './headers.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { getObject, headObject, putObject } from './objects.ts'
import { postObject } from './post-object.ts'
import type { Reply } from './reply.ts'
import type { S3Request } from './request.ts'
import { createUpload, uploadPart } from './upload-parts.ts'
import { abortUpload, listParts, listUploads } from './uploads.ts'

/** Answers a request, or throws an S3Error. */
export type Handler = (context: Context, request: S3Request) => Reply | Promise<Reply>

/**
 * The one operation that a request asks for. A query parameter that an operation does not know makes it another
 * operation (`?acl`, `?versionId=…`); one that is not in the table throws NotImplemented, never a silent success.
 */
export function findOperation(request: S3Request): Handler {
  const { method, bucket, key, query, headers } = request
  const target = key ? 'object' : bucket ? 'bucket' : 'service'
  const parameters = [...query.keys()].filter((name) => name !== SDK_OPERATION)
  const copies = headers['x-amz-copy-source'] !== undefined
  const operation = OPERATIONS.find(
    ({ on, needs = [], takes = [], copy = false }) =>
      on === `${method} ${target}` &&
      copy === copies &&
      needs.every((name) => query.has(name)) &&
      parameters.every((name) => needs.includes(name) || takes.includes(name)),
  )
  if (operation) return operation.handler
  const asked = [...parameters, ...(copies ? ['x-amz-copy-source'] : [])].join(', ')
  throw s3Error(
    'NotImplemented',
    `This server does not implement ${method} ${target}${asked && ` with ${asked}`}.`,
  )
}

interface Operation {
  on: `${string} ${'service' | 'bucket' | 'object'}`
  /** Query parameters that tell this operation from others. */
  needs?: string[]
  /** Query parameters that it also knows. */
  takes?: string[]
  /** Whether it comes with x-amz-copy-source. */
  copy?: boolean
  handler: Handler
}

/** The SDK adds it with the operation's name, for S3's own statistics. */
const SDK_OPERATION = 'x-id'

const LISTING = ['prefix', 'delimiter', 'max-keys', 'encoding-type']

const OPERATIONS: Operation[] = [
  { on: 'GET service', handler: listBuckets },

  { on: 'PUT bucket', handler: createBucket },
  { on: 'HEAD bucket', handler: headBucket },
  { on: 'GET bucket', needs: ['location'], handler: bucketLocation },
  { on: 'GET bucket', needs: ['uploads'], handler: listUploads },
  {
    on: 'GET bucket',
    needs: ['list-type'],
    takes: [...LISTING, 'continuation-token', 'start-after', 'fetch-owner'],
    handler: listObjectsV2,
  },
  { on: 'GET bucket', takes: [...LISTING, 'marker'], handler: listObjects },
  { on: 'POST bucket', needs: ['delete'], handler: deleteObjects },
  { on: 'POST bucket', handler: postObject },

  { on: 'PUT object', handler: putObject },
  { on: 'PUT object', copy: true, handler: copyObject },
  { on: 'GET object', takes: RESPONSE_PARAMETERS, handler: getObject },
  { on: 'HEAD object', takes: RESPONSE_PARAMETERS, handler: headObject },
  { on: 'DELETE object', handler: deleteObject },

  { on: 'POST object', needs: ['uploads'], handler: createUpload },
  { on: 'PUT object', needs: ['partNumber', 'uploadId'], handler: uploadPart },
  { on: 'GET object', needs: ['uploadId'], handler: listParts },
  { on: 'POST object', needs: ['uploadId'], handler: completeUpload },
  { on: 'DELETE object', needs: ['uploadId'], handler: abortUpload },
]
