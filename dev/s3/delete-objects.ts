import * as v from 'valibot'
import { receiveDocument } from './body.ts'
import { guardWrite } from './conditions.ts'
import type { Context } from './context.ts'
import { s3Error } from './errors.ts'
import { conditionsOf } from './headers.ts'
import type { Reply } from './reply.ts'
import type { S3Request } from './request.ts'
import { readXml, writeXml } from './xml.ts'

/** A missing key counts as deleted, unless the request has a condition about the object. */
export function deleteObject({ store }: Context, { bucket, key, headers }: S3Request): Reply {
  store.bucket(bucket).remove(key, (current) => guardWrite(conditionsOf(headers), current))
  return { status: 204 }
}

export async function deleteObjects({ store }: Context, request: S3Request): Promise<Reply> {
  const bucket = store.bucket(request.bucket)
  const { Delete } = readXml(DeleteDocument, await receiveDocument(request))
  const unknown = Delete.Object.flatMap(Object.keys).find((name) => name !== 'Key' && name !== '#text')
  if (unknown) throw s3Error('NotImplemented', `This server deletes objects by Key only, not by ${unknown}.`)
  for (const { Key } of Delete.Object) bucket.remove(Key, () => {})
  const deleted = Delete.Object.map(({ Key }) => ({ Key }))
  return { xml: writeXml('DeleteResult', { Deleted: Delete.Quiet === 'true' ? [] : deleted }) }
}

const DeleteDocument = v.object({
  Delete: v.object({
    Quiet: v.optional(v.string()),
    Object: v.pipe(v.array(v.looseObject({ Key: v.string() })), v.minLength(1), v.maxLength(1000)),
  }),
})
