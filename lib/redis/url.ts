import { AppError } from '../errors.ts'
import type { Deadline } from './redis.ts'
import { readSecret, type SecretSource } from './secret.ts'
import { parseSentinelUrl } from './sentinel-url.ts'
import { withDeadline } from './with-deadline.ts'

/** Where the Redis URL comes from: the environment itself, or a secret that is read when it is needed. */
export type RedisSource = { from: 'environment'; url: string } | SecretSource

/** The URL, kept between connections. */
export interface RedisUrl {
  read(deadline: Deadline): Promise<string>
  /** Reads it again after Redis has refused the password, which may have been rotated. */
  reread(deadline: Deadline): Promise<string>
}

/** However often connections fail or the URL cannot be read, SSM and Secrets Manager are asked no more often. */
const REREAD_AFTER_MS = 5_000

/**
 * Reads the URL where the configuration says. The AWS clients are loaded only when they are needed: a search with
 * REDIS_URL in its environment does not pay for them at a cold start.
 *
 * @throws AppError SECRET_UNAVAILABLE, CONFIG_INVALID
 */
export function redisUrl(source: RedisSource, plaintextHosts: readonly string[] = []): RedisUrl {
  let last: { url: Promise<string>; startedAt: number; hasFailed: boolean } | undefined

  /** The last reading, or a new one when that may be asked for. */
  function latest() {
    if (last === undefined || Date.now() - last.startedAt >= REREAD_AFTER_MS) {
      last = { url: readUrl(source, plaintextHosts), startedAt: Date.now(), hasFailed: false }
    }
    return last
  }

  async function waitFor(reading: ReturnType<typeof latest>, deadline: Deadline): Promise<string> {
    try {
      return await withDeadline(reading.url, deadline)
    } catch (error) {
      // Also when it is only late: what was frozen with its environment may never end.
      reading.hasFailed = true
      if (!(error instanceof AppError && error.code === 'REDIS_TIMEOUT')) throw error
      throw new AppError('SECRET_UNAVAILABLE', `The ${placeOf(source)} was not read in time`, {
        cause: error,
      })
    }
  }

  return {
    read: (deadline) => waitFor(last === undefined || last.hasFailed ? latest() : last, deadline),
    reread: (deadline) => waitFor(latest(), deadline),
  }
}

/** What is wrong with a Redis URL, in words that do not show it: it may hold a password. */
export function urlProblem(text: string, plaintextHosts: readonly string[]): string | undefined {
  if (/^rediss?\+sentinel:/.test(text)) return sentinelProblem(text, plaintextHosts)
  return serverProblem(text, plaintextHosts)
}

/** Whether a server may be connected to: with TLS, on this machine, or where it is named. */
export function isAllowed(url: string, plaintextHosts: readonly string[]): boolean {
  const { protocol, hostname } = new URL(url)
  return ['rediss:', 'https:'].includes(protocol) || isLoopback(hostname) || plaintextHosts.includes(hostname)
}

/**
 * `host:port`, comma-separated where there are several: all that may be shown of a URL. It is read as the client reads it:
 * the user's part ends at the last `@`, so that `redis://u:p@ssw0rd@host` is a password with an `@`.
 */
export function hostsOf(text: string): string {
  const urls = parseSentinelUrl(text)?.sentinels ?? [text]
  return urls.map((url) => (URL.canParse(url) ? new URL(url).host : '')).join(',')
}

function sentinelProblem(text: string, plaintextHosts: readonly string[]): string | undefined {
  const url = parseSentinelUrl(text)
  if (url === undefined) {
    return 'expected redis+sentinel://[user:password@]host:port,host:port/name, with nothing behind it but ?reads=replica, sentinelUser and sentinelPassword'
  }
  const urls = [url.serverUrl({ host: 'localhost', port: 6379 }), ...url.sentinels]
  return urls.map((one) => serverProblem(one, plaintextHosts)).find((problem) => problem !== undefined)
}

function serverProblem(text: string, plaintextHosts: readonly string[]): string | undefined {
  const expected = 'expected redis://host:port, rediss://…, redis+sentinel://… or https://:token@host'
  if (!URL.canParse(text)) return expected
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text)
  if (!['redis:', 'rediss:', 'http:', 'https:'].includes(protocol)) return expected
  // In `redis://u:p@ss?w@host` the host is `ss`: the part behind it tells that the password goes on.
  const isWhole = ![pathname, search, hash].some((part) => part.includes('@'))
  if (!isWhole || !isPercentEncoded(username) || !isPercentEncoded(password))
    return 'expected a user and a password that are percent-encoded (% is %25, / is %2F, ? is %3F, # is %23)'
  if (isHttpUrl(text) && password === '') return 'expected the token of the gateway, as https://:token@host'
  if (isHttpUrl(text) && !/^[!-~]+$/.test(decodeURIComponent(password)))
    return 'expected a token of visible ASCII, which an HTTP header can carry'
  if (!isHttpUrl(text) && !/^\/?\d*$/.test(pathname)) return 'expected no path, or the number of a database'
  if (isAllowed(text, plaintextHosts)) return undefined
  const safe = isHttpUrl(text) ? 'https://' : 'rediss://'
  return `expected ${safe} (${protocol}// would send the password and every user to ${hostname} in the clear; where the network is trusted, name the host in REDIS_PLAINTEXT_HOSTS)`
}

/** Whether the URL is a gateway's. Its token is in the place of the password. */
export function isHttpUrl(url: string): boolean {
  return /^https?:/i.test(url)
}

/** The URL with the token in it; undefined where it is no gateway's, or has one. */
export function withToken(text: string, token: string): string | undefined {
  if (!isHttpUrl(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.password !== '') return undefined
  url.password = encodeURIComponent(token)
  return url.href
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

function placeOf(source: RedisSource): string {
  if (source.from === 'parameter') return `SSM parameter ${source.name}`
  return source.from === 'secret' ? `secret ${source.id}` : 'environment'
}

async function readUrl(source: RedisSource, plaintextHosts: readonly string[]): Promise<string> {
  if (source.from === 'environment') return source.url
  const url = await readSecret(source).catch((cause: unknown) => {
    throw new AppError('SECRET_UNAVAILABLE', `The ${placeOf(source)} cannot be read`, { cause })
  })
  const problem = urlProblem(url, plaintextHosts)
  if (problem === undefined) return url
  throw new AppError('CONFIG_INVALID', `The ${placeOf(source)}: ${problem}`)
}
