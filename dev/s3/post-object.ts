import type { IncomingHttpHeaders } from 'node:http'
import { verifyBytes } from './body.ts'
import type { Context } from './context.ts'
import { s3Error } from './errors.ts'
import { checkHeader, quote, refuseUnsupportedHeaders, storedHeaders } from './headers.ts'
import { storeObject } from './objects.ts'
import { type PostedForm, readForm } from './post-form.ts'
import { checkPolicy, type SizeRange } from './post-policy.ts'
import type { StoredObject } from './records.ts'
import type { Reply } from './reply.ts'
import { checkKeyLength, type S3Request } from './request.ts'
import { writeXml } from './xml.ts'

/**
 * Stores the file of a browser's form if the form's policy allows it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
export async function postObject({ store, announce }: Context, request: S3Request): Promise<Reply> {
  const bucket = store.bucket(request.bucket)
  const form = await readForm(request)
  try {
    const fields = withFilename(form)
    const key = fields.get('key')
    if (!key)
      throw s3Error('InvalidArgument', 'Bucket POST must contain a field named "key", before the file.')
    checkKeyLength(key)
    const range = checkPolicy(fields, request.bucket, Date.now())
    const headers = headersOf(fields)
    refuseUnsupportedHeaders(headers)
    const body = verifyBytes(headers, withinRange(form.file, range))
    const posted = { ...request, key, headers }
    const object = await storeObject(bucket, posted, body, body.algorithm, storedHeaders(headers))
    announce('Post', posted, object)
    return successReply(request, fields, object)
  } finally {
    form.close()
  }
}

/** S3 inserts the file's name into every field before it checks the policy. */
function withFilename({ fields, filename }: PostedForm): Map<string, string> {
  return new Map([...fields].map(([name, value]) => [name, value.replace(/\$\{filename\}/g, () => filename)]))
}

/** The fields that correspond to headers of a PUT. */
function headersOf(fields: Map<string, string>): IncomingHttpHeaders {
  const headers = [...fields].filter(([name]) => /^(x-amz-.*|content-.*|cache-control|expires)$/.test(name))
  return Object.fromEntries(headers.map(([name, value]) => [name, checkHeader(name, value)]))
}

async function* withinRange(bytes: AsyncIterable<Buffer>, { min, max }: SizeRange): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > max) {
      const message = 'Your proposed upload exceeds the maximum allowed size'
      throw s3Error('EntityTooLarge', message, { ProposedSize: size, MaxSizeAllowed: max })
    }
    yield chunk
  }
  if (size < min) {
    const message = 'Your proposed upload is smaller than the minimum allowed size'
    throw s3Error('EntityTooSmall', message, { ProposedSize: size, MinSizeAllowed: min })
  }
}

function successReply(request: S3Request, fields: Map<string, string>, object: StoredObject): Reply {
  const etag = quote(object.etag)
  const base = `http://${request.headers.host}${request.path.replace(/\/$/, '')}`
  const location = `${base}/${encodeURIComponent(object.key)}`
  const redirect = redirectOf(fields)
  if (redirect !== undefined) {
    redirect.searchParams.append('bucket', request.bucket)
    redirect.searchParams.append('key', object.key)
    redirect.searchParams.append('etag', etag)
    return { status: 303, headers: { etag, location: redirect.href } }
  }
  const headers = { etag, location }
  const status = fields.get('success_action_status')
  if (status === '200') return { status: 200, headers }
  // S3 treats any other value as 204, the default.
  if (status !== '201') return { status: 204, headers }
  const content = { Location: location, Bucket: request.bucket, Key: object.key, ETag: etag }
  return { status: 201, headers, xml: writeXml('PostResponse', content) }
}

/** S3 ignores an invalid address. */
function redirectOf(fields: Map<string, string>): URL | undefined {
  const url = URL.parse(fields.get('success_action_redirect') ?? fields.get('redirect') ?? '')
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined
}
