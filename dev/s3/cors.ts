import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { s3Error } from './errors.ts'
import type { Reply } from './reply.ts'

/**
 * Lets a page of this machine read the answer. A bucket with CORS rules for all methods and headers does the same.
 * The server has already refused requests with a foreign origin.
 */
export function allowOrigin(response: ServerResponse, { origin }: IncomingHttpHeaders) {
  if (origin === undefined) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-expose-headers', '*')
  response.setHeader('vary', 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method')
}

/** The answer to a preflight request, which a browser sends before a page's request. */
export function preflight(headers: IncomingHttpHeaders): Reply {
  if (headers.origin === undefined)
    throw s3Error('BadRequest', 'Insufficient information. Origin request header needed.')
  const method = headers['access-control-request-method'] ?? ''
  if (!METHODS.includes(method)) {
    const message = `Expected one of ${METHODS.join(', ')} as Access-Control-Request-Method, got "${method}".`
    throw s3Error(method === '' ? 'BadRequest' : 'AccessForbidden', message)
  }
  const asked = headers['access-control-request-headers']
  return {
    headers: {
      'access-control-allow-methods': METHODS.join(', '),
      ...(asked !== undefined && { 'access-control-allow-headers': asked }),
      'access-control-max-age': 3000,
      'content-length': 0,
    },
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html */
const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']
