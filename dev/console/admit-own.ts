import type { IncomingMessage } from 'node:http'
import { HostError } from './problem.ts'

const METHODS = ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']

/**
 * Throws for a request that this server's own pages do not send. It names no other origin than its own, not even
 * another port of this machine: SameSite does not tell ports apart, so the cookie alone would let such a page in.
 */
export function admitOwn(
  {
    method = '',
    url = '',
    headers,
    headersDistinct,
  }: Pick<IncomingMessage, 'method' | 'url' | 'headers' | 'headersDistinct'>,
  authority: string,
): void {
  const hosts = headersDistinct.host ?? []
  if (hosts.length !== 1 || hosts[0] !== authority) refuse(`the host ${authority}`, hosts.join(', '))
  if (!url.startsWith('/')) refuse('a path as the target', url)
  if (!METHODS.includes(method))
    throw new HostError(
      'METHOD_NOT_ALLOWED',
      `Expected one of ${METHODS.join(', ')}, got ${JSON.stringify(method)}`,
    )

  const own = `http://${authority}`
  const { origin } = headers
  // A browser sends the origin with each request that may change something.
  const isRead = method === 'GET' || method === 'HEAD'
  if (origin === undefined ? !isRead : origin !== own) refuse(`the origin ${own}`, origin ?? 'none')
  // A person's own link or bookmark has the site "none". Programs that are not browsers send no such header.
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    refuse('a request of the console itself', `one of a page that is ${site}`)
  // A browser that looks ahead would use up the link before the person follows it.
  if (headers['sec-purpose'] !== undefined || headers.purpose === 'prefetch')
    refuse('a request of a person', 'one that the browser makes in advance')
}

function refuse(expected: string, got: string): never {
  throw new HostError('REQUEST_REFUSED', `Expected ${expected}, got ${JSON.stringify(got.slice(0, 100))}`)
}
