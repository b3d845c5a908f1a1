import { createHash, createHmac } from 'node:crypto'

/** The credentials of a function's role, as Lambda's environment has them. */
export interface AwsCredentials {
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string | undefined
}

interface SignedPost {
  url: URL
  headers: Record<string, string>
  body: string
  service: string
  region: string
  credentials: AwsCredentials
  now?: Date
}

/**
 * The headers of a POST to `/` with a signature (Signature Version 4). `aws4fetch` signs the same, as a test shows, but
 * needs the global `Headers` and WebCrypto: the first use of both costs a cold start more than the SDK's client saves.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signPost(post: SignedPost): Record<string, string> {
  const { url, body, service, region, credentials, now = new Date() } = post
  const { accessKeyId, secretAccessKey, sessionToken } = credentials
  const time = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const date = time.slice(0, 8)
  const headers: Record<string, string> = {
    ...post.headers,
    host: url.host,
    'x-amz-date': time,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(headers).toSorted()
  const signed = names.join(';')
  const lines = names.map((name) => `${name}:${headers[name]?.trim()}`)
  const canonical = ['POST', '/', '', ...lines, '', signed, sha256(body)].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const key = [date, region, service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${secretAccessKey}`))
  const signature = hmac(key, text).toString('hex')
  const credential = `Credential=${accessKeyId}/${scope}`
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed}, Signature=${signature}`,
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
