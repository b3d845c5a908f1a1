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
 * The operation of a request. An unknown query parameter makes it another operation (`?acl`, `?versionId=…`). An
 * operation outside the table throws NotImplemented and never succeeds silently.
 */
export function findOperation(request: S3Request): Handler {
  const { method, bucket, key, query, headers } = request
  const target = key ? 'object' : bucket ? 'bucket' : 'service'
  const parameters = [...query.keys()].filter((name) => name !== SDK_OPERATION)
  const copies = headers['x-amz-copy-source'] !== undefined
  const operation = OPERATIONS.find(
    ({ on, requires = [], accepts = [], copy = false }) =>
      on === `${method} ${target}` &&
      copy === copies &&
      requires.every((name) => query.has(name)) &&
      parameters.every((name) => requires.includes(name) || accepts.includes(name)),
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
  /** Query parameters that distinguish this operation from others. */
  requires?: string[]
  /** Other query parameters that it accepts. */
  accepts?: string[]
  /** Whether the request has x-amz-copy-source. */
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
  { on: 'GET bucket', requires: ['location'], handler: bucketLocation },
  { on: 'GET bucket', requires: ['uploads'], handler: listUploads },
  {
    on: 'GET bucket',
    requires: ['list-type'],
    accepts: [...LISTING, 'continuation-token', 'start-after', 'fetch-owner'],
    handler: listObjectsV2,
  },
  { on: 'GET bucket', accepts: [...LISTING, 'marker'], handler: listObjects },
  { on: 'POST bucket', requires: ['delete'], handler: deleteObjects },
  { on: 'POST bucket', handler: postObject },

  { on: 'PUT object', handler: putObject },
  { on: 'PUT object', copy: true, handler: copyObject },
  { on: 'GET object', accepts: RESPONSE_PARAMETERS, handler: getObject },
  { on: 'HEAD object', accepts: RESPONSE_PARAMETERS, handler: headObject },
  { on: 'DELETE object', handler: deleteObject },

  { on: 'POST object', requires: ['uploads'], handler: createUpload },
  { on: 'PUT object', requires: ['partNumber', 'uploadId'], handler: uploadPart },
  { on: 'GET object', requires: ['uploadId'], handler: listParts },
  { on: 'POST object', requires: ['uploadId'], handler: completeUpload },
  { on: 'DELETE object', requires: ['uploadId'], handler: abortUpload },
]
