import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { account } from './identity.ts'
import type { Route } from './serverless-config.ts'

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const maxBodyBytes = 10 * 1024 * 1024

interface RequestParts {
  request: IncomingMessage
  requestId: string
  route: Route
  path: string
  pathParameters: Record<string, string | undefined>
  rawQueryString: string
  body: Buffer
}

/**
 * The event that API Gateway makes from a request, payload format 2.0. Empty members are absent, as in API Gateway.
 */
export function toHttpEvent(parts: RequestParts): APIGatewayProxyEventV2 {
  const { request, requestId, route, path, pathParameters, rawQueryString, body } = parts
  const { cookie, ...headers } = joinHeaders(request, body)
  const routeKey = routeKeyOf(route)
  const now = new Date()
  const query = joinQuery(rawQueryString)
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers,
    ...(rawQueryString === '' ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: account,
      apiId: 'local',
      domainName: headers.host ?? '',
      domainPrefix: 'local',
      http: {
        method: request.method ?? '',
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    ...encodeBody(body, headers['content-type']),
  }
}

/**
 * The name of a route in API Gateway: `GET /users/{id}`, `ANY /users/{id}` for every method, `$default` for all other
 * paths.
 */
function routeKeyOf({ method, path }: Route): string {
  if (path === '*') return '$default'
  return `${method === '*' ? 'ANY' : method} ${path}`
}

/** The decoded path, as API Gateway passes it on, `%2F` included. undefined if it cannot be decoded. */
export function decodePath(rawPath: string): string | undefined {
  try {
    return decodeURIComponent(rawPath)
  } catch {
    return undefined
  }
}

/** Reads a whole body. Returns undefined for more than 10 MB. */
export async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    // Reads the rest of a body that is too large. Otherwise the client would see a broken connection and no answer.
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes <= maxBodyBytes ? Buffer.concat(chunks) : undefined
}

function joinHeaders(request: IncomingMessage, body: Buffer): Record<string, string> {
  const sent = Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values.join(',')])
  return {
    'content-length': String(body.length),
    ...Object.fromEntries(sent),
    'x-forwarded-for': request.socket.remoteAddress ?? '',
    'x-forwarded-port': String(request.socket.localPort ?? ''),
    'x-forwarded-proto': 'http',
  }
}

function joinQuery(rawQueryString: string): Record<string, string> {
  const query = new URLSearchParams(rawQueryString)
  return Object.fromEntries([...new Set(query.keys())].map((key) => [key, query.getAll(key).join(',')]))
}

/**
 * API Gateway's documentation says "binary" without a definition. Observed on AWS, only these types come as text. A
 * form, a `+json` type and a body without a type come as base64: https://github.com/ministackorg/ministack/pull/766
 */
function encodeBody(body: Buffer, contentType = ''): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false }
  const [type = ''] = contentType.toLowerCase().split(';')
  // A body that is not UTF-8 stays bytes, so that the function sees it. AWS does not document its own behaviour.
  const isText = /^(text\/.*|application\/(json|xml|javascript))$/.test(type.trim()) && isUtf8(body)
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText }
}

/** `22/Nov/2026:11:03:00 +0000` */
function commonLogTime(time: Date): string {
  const [, day, month, year, clock] = time.toUTCString().split(' ')
  return `${day}/${month}/${year}:${clock} +0000`
}
