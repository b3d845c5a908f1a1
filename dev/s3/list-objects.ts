import type { Bucket } from './bucket.ts'
import type { Context } from './context.ts'
import { s3Error } from './errors.ts'
import { formEncode, OWNER } from './events.ts'
import { quote } from './headers.ts'
import { listPage } from './list.ts'
import type { Reply } from './reply.ts'
import type { S3Request } from './request.ts'
import { writeXml } from './xml.ts'

export function listObjectsV2({ store }: Context, { bucket: name, query }: S3Request): Reply {
  const bucket = store.bucket(name)
  const token = query.get('continuation-token')
  const after = token ? readToken(token) : query.get('start-after')
  const { page, shown, elements } = list(bucket, query, after)
  return {
    xml: writeXml('ListBucketResult', {
      ...elements,
      KeyCount: page.keys.length + page.commonPrefixes.length,
      StartAfter: shown(query.get('start-after') ?? undefined),
      ContinuationToken: token ?? undefined,
      NextContinuationToken: page.next && writeToken(page.next),
    }),
  }
}

/** The first version of the operation. It continues after a key, which the client may have to take from the page. */
export function listObjects({ store }: Context, { bucket: name, query }: S3Request): Reply {
  const { page, shown, elements } = list(store.bucket(name), query, query.get('marker'))
  return {
    xml: writeXml('ListBucketResult', {
      ...elements,
      Marker: shown(query.get('marker') ?? ''),
      NextMarker: query.get('delimiter') ? shown(page.next) : undefined,
    }),
  }
}

/** The page, the elements that both versions of the operation have, and the encoding of keys. */
function list(bucket: Bucket, query: URLSearchParams, after: string | null) {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const limit = maxKeys(query.get('max-keys'))
  const encoding = query.get('encoding-type')
  const shown = keyWriter(encoding)
  const page = listPage(bucket.keys, { prefix, delimiter, after: after ?? '', limit })
  const objects = page.keys.flatMap((key) => bucket.find(key) ?? [])
  return {
    page,
    shown,
    elements: {
      Name: bucket.name,
      Prefix: shown(prefix),
      Delimiter: shown(delimiter || undefined),
      MaxKeys: limit,
      EncodingType: encoding ?? undefined,
      IsTruncated: page.next !== undefined,
      Contents: objects.map((object) => ({
        Key: shown(object.key),
        LastModified: object.lastModified,
        ETag: quote(object.etag),
        Size: object.size,
        Owner: query.get('fetch-owner') === 'true' ? { ID: OWNER, DisplayName: OWNER } : undefined,
        StorageClass: 'STANDARD',
      })),
      CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: shown(common) })),
    },
  }
}

/** XML 1.0 cannot contain every key, so there is encoding-type=url. */
function keyWriter(encoding: string | null): (key: string | undefined) => string | undefined {
  if (encoding === null) return (key) => key
  if (encoding === 'url') return (key) => key && formEncode(key)
  throw s3Error('InvalidArgument', `Expected encoding-type=url, got ${encoding}.`)
}

/** S3 returns at most 1000 keys, even if the client requests more. */
function maxKeys(text: string | null): number {
  if (text === null) return 1000
  if (!/^\d{1,10}$/.test(text))
    throw s3Error('InvalidArgument', `Expected max-keys to be a number, got ${text}.`)
  return Math.min(1000, Number(text))
}

/** The position where the listing continues, as an opaque token. */
function writeToken(next: string): string {
  return Buffer.from(next).toString('base64url')
}

function readToken(token: string): string {
  const after = Buffer.from(token, 'base64url').toString()
  if (writeToken(after) !== token)
    throw s3Error('InvalidArgument', `Expected a continuation-token, got ${token}.`)
  return after
}
