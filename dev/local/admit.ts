import type { IncomingMessage } from 'node:http'

/** An admitted request: its host in lower case without a port, and its path with the query. */
export interface AdmittedRequest {
  host: string
  target: string
}

/**
 * Separates requests of this machine's programs and pages from requests of foreign web pages. The local servers only
 * listen on loopback, but a browser sends any page's requests there. Such a request has a foreign Origin, or, after
 * DNS rebinding, the page's own name as the Host. A server answers 403 with `refusal`.
 */
export function admit({
  url = '',
  headers,
  headersDistinct,
}: Pick<IncomingMessage, 'url' | 'headers' | 'headersDistinct'>): AdmittedRequest | { refusal: string } {
  const { authority, target } = splitTarget(url)
  if (target === undefined) return { refusal: `Expected a path as the request's target, got ${shown(url)}.` }

  const hosts = [...(headersDistinct.host ?? ['']), ...(authority === undefined ? [] : [authority])]
  const [host = ''] = hosts.map(loopbackName).slice(-1)
  const foreignHost = hosts.find((name) => loopbackName(name) === undefined)
  if (foreignHost !== undefined) return { refusal: `${LOCAL_ONLY} Its host is ${shown(foreignHost)}.` }
  if ((headersDistinct.host?.length ?? 0) > 1) return { refusal: 'Expected one Host header, got several.' }

  const foreignOrigin = headersDistinct.origin?.find((origin) => !isLoopbackOrigin(origin))
  if (foreignOrigin !== undefined) return { refusal: `${LOCAL_ONLY} Its origin is ${shown(foreignOrigin)}.` }
  // A page's GET for an image or a script has no Origin. A person who follows a link to this server does not send
  // such a request.
  const isEmbedded = headers['sec-fetch-site'] === 'cross-site' && headers['sec-fetch-dest'] !== 'document'
  if (isEmbedded && headers.origin === undefined)
    return { refusal: `${LOCAL_ONLY} A page of another site embeds this address.` }
  return { host, target }
}

const LOCAL_ONLY =
  'This server answers this machine only, by the names 127.0.0.1, localhost, [::1] and *.localhost.'

/** RFC 9112, section 3.2.2: if the target has an authority, that authority is the host. */
function splitTarget(url: string): { authority?: string; target: string | undefined } {
  if (url.startsWith('/') || url === '*') return { target: url }
  const [, authority, rest = ''] = /^http:\/\/([^/?#]*)(.*)$/i.exec(url) ?? []
  if (authority === undefined) return { target: undefined }
  return { authority, target: rest.startsWith('/') ? rest : `/${rest}` }
}

/** The host's name if it belongs to this machine (RFC 6761 reserves localhost and all names below it). */
function loopbackName(authority: string): string | undefined {
  return /^(127\.0\.0\.1|\[::1\]|(?:[a-z0-9_-]+\.)*localhost)\.?(?::\d{0,5})?$/i
    .exec(authority)?.[1]
    ?.toLowerCase()
}

/**
 * The origin must have no user information, path or other scheme. `null`, the origin of a sandboxed page, is foreign.
 */
function isLoopbackOrigin(origin: string): boolean {
  const [, authority] = /^https?:\/\/(.+)$/.exec(origin) ?? []
  return authority !== undefined && loopbackName(authority) !== undefined
}

function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}
