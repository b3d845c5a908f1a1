import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'
import { python } from '../../dev/python.ts'

export interface SentRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** The credentials that `sign.py` signs with. */
export const AWS_CREDENTIALS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }

/** A server on a free port until the end of the test, which gives what `listener` answers. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** Passes requests on to an API, and records them. Without `target` it answers each with `{}`. */
export async function recordRequests(target?: string) {
  const requests: SentRequest[] = []
  const url = await serve(async (incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming
    const body = await text(incoming)
    requests.push({ method, path, headers, body })
    const answer = target === undefined ? undefined : await passOn(target, { method, path, headers, body })
    outgoing.writeHead(answer?.status ?? 200, { 'content-type': 'application/json' })
    outgoing.end(await (answer?.text() ?? '{}'))
  })
  return { url, requests }
}

function passOn(target: string, { method, path, headers, body }: SentRequest): Promise<Response> {
  const sent = { 'content-type': headers['content-type'] ?? '' }
  return fetch(new URL(path, target), { method, ...(body !== '' && { body, headers: sent }) })
}

/** The signature of a request, and the one that botocore makes for it. */
export async function signaturesOf(url: string, { method, path, headers, body }: SentRequest) {
  const [, signedHeaders = '', signature] =
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d+\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
      headers.authorization ?? '',
    ) ?? []
  const signed = Object.fromEntries(signedHeaders.split(';').map((name) => [name, headers[name]]))
  const request = { method, url: `${url}${path}`, headers: signed, body, region: 'eu-central-1' }
  const witness = await python(['test/support/sign.py'], { input: JSON.stringify(request) })
  return { signature, expected: witness.toString() }
}
