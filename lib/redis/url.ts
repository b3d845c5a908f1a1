import { AppError } from '../errors.ts'
import type { Deadline } from './redis.ts'
import { readSecret, type SecretSource } from './secret.ts'
import { parseSentinelUrl } from './sentinel-url.ts'
import { withDeadline } from './with-deadline.ts'

/** Where the Redis URL comes from: the environment itself, or a secret that is read on demand. */
export type RedisSource = { from: 'environment'; url: string } | SecretSource

/** The URL, stored between connections. */
export interface RedisUrl {
  /** The URL as last read; undefined before the first reading ends. */
  known(): string | undefined
  read(deadline: Deadline): Promise<string>
  /** Reads it again after Redis has refused the password, because it may have been rotated. */
  reread(deadline: Deadline): Promise<string>
}

/** The minimum time between later readings from SSM or Secrets Manager, even if connections fail more often. */
const REREAD_AFTER_MS = 5_000

/**
 * Reads the URL from the configured source when a connection is first opened.
 *
 * @throws AppError SECRET_UNAVAILABLE, CONFIG_INVALID
 */
export function redisUrl(source: RedisSource, plaintextHosts: readonly string[] = []): RedisUrl {
  let lastReading: { url: Promise<string>; startedAt: number; hasFailed: boolean } | undefined
  let readings = 0
  let known: string | undefined

  /**
   * The last reading, or a new one if the last is old enough. The first reading may fail while Lambda initializes the
   * environment: the first request then tries again at once.
   */
  function currentReading() {
    const isFirstFailure = readings === 1 && lastReading?.hasFailed
    const isOld = lastReading !== undefined && Date.now() - lastReading.startedAt >= REREAD_AFTER_MS
    if (lastReading === undefined || isOld || isFirstFailure) {
      readings++
      lastReading = { url: readUrl(source, plaintextHosts), startedAt: Date.now(), hasFailed: false }
    }
    return lastReading
  }

  async function waitFor(reading: ReturnType<typeof currentReading>, deadline: Deadline): Promise<string> {
    try {
      known = await withDeadline(reading.url, deadline)
      return known
    } catch (error) {
      // A late reading has failed, too: if its environment was frozen meanwhile, it may never end.
      reading.hasFailed = true
      if (!(error instanceof AppError && error.code === 'REDIS_TIMEOUT')) throw error
      throw new AppError(
        'SECRET_UNAVAILABLE',
        `Expected the ${describeSource(source)} before the deadline, it was not read`,
        {
          cause: error,
        },
      )
    }
  }

  return {
    known: () => known,
    read: (deadline) =>
      waitFor(lastReading === undefined || lastReading.hasFailed ? currentReading() : lastReading, deadline),
    reread: (deadline) => waitFor(currentReading(), deadline),
  }
}

/** Describes what is wrong with a Redis URL. The text does not contain the URL, which may hold a password. */
export function urlProblem(text: string, plaintextHosts: readonly string[]): string | undefined {
  if (/^rediss?\+sentinel:/.test(text)) return sentinelProblem(text, plaintextHosts)
  return serverProblem(text, plaintextHosts)
}

/** Tells whether the connection is allowed: it uses TLS, stays on this machine, or goes to a listed host. */
export function isAllowed(url: string, plaintextHosts: readonly string[]): boolean {
  const { protocol, hostname } = new URL(url)
  return ['rediss:', 'https:'].includes(protocol) || isLoopback(hostname) || plaintextHosts.includes(hostname)
}

/**
 * `host:port`, comma-separated if there are several. No other part of a URL may be shown. The parser treats the URL
 * as the client does: the user's part ends at the last `@`, so in `redis://u:p@ssw0rd@host` the password contains an
 * `@`.
 */
export function hostsOf(text: string): string {
  const urls = parseSentinelUrl(text)?.sentinels ?? [text]
  return urls.map((url) => (URL.canParse(url) ? new URL(url).host : '')).join(',')
}

function sentinelProblem(text: string, plaintextHosts: readonly string[]): string | undefined {
  const url = parseSentinelUrl(text)
  if (url === undefined) {
    return 'expected redis+sentinel://[user:password@]host:port,host:port/name, followed only by the options ?reads=replica, sentinelUser and sentinelPassword'
  }
  const urls = [url.serverUrl({ host: 'localhost', port: 6379 }), ...url.sentinels]
  return urls.map((one) => serverProblem(one, plaintextHosts)).find((problem) => problem !== undefined)
}

function serverProblem(text: string, plaintextHosts: readonly string[]): string | undefined {
  const expected = 'expected redis://host:port, rediss://…, redis+sentinel://… or https://:token@host'
  if (!URL.canParse(text)) return expected
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(text)
  if (!['redis:', 'rediss:', 'http:', 'https:'].includes(protocol)) return expected
  // In `redis://u:p@ss?w@host` the host is `ss`. The `@` after it shows that the password continues.
  const isWhole = ![pathname, search, hash].some((part) => part.includes('@'))
  if (!isWhole || !isPercentEncoded(username) || !isPercentEncoded(password))
    return 'expected a user and a password that are percent-encoded (write % as %25, / as %2F, ? as %3F, # as %23)'
  if (isHttpUrl(text) && password === '') return 'expected the token of the gateway, as https://:token@host'
  if (isHttpUrl(text) && !/^[!-~]+$/.test(decodeURIComponent(password)))
    return 'expected a token of visible ASCII characters, as an HTTP header needs'
  if (!isHttpUrl(text) && !/^\/?\d*$/.test(pathname))
    return 'expected no path, or the number of a database as the path'
  if (isAllowed(text, plaintextHosts)) return undefined
  const safe = isHttpUrl(text) ? 'https://' : 'rediss://'
  return `expected ${safe} (${protocol}// would send the password and every user to ${hostname} unencrypted; for a trusted network, add the host to REDIS_PLAINTEXT_HOSTS)`
}

/** An HTTP gateway's URL. It holds the token where other URLs hold the password. */
export function isHttpUrl(url: string): boolean {
  return /^https?:/i.test(url)
}

/** Inserts the token into a gateway's URL. Returns undefined for other URLs, and for a URL that has a token. */
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

function describeSource(source: RedisSource): string {
  if (source.from === 'parameter') return `SSM parameter ${source.name}`
  return source.from === 'secret' ? `secret ${source.id}` : 'environment'
}

async function readUrl(source: RedisSource, plaintextHosts: readonly string[]): Promise<string> {
  if (source.from === 'environment') return source.url
  const url = await readSecret(source).catch((cause: unknown) => {
    throw new AppError('SECRET_UNAVAILABLE', `The ${describeSource(source)} cannot be read`, { cause })
  })
  const problem = urlProblem(url, plaintextHosts)
  if (problem === undefined) return url
  throw new AppError('CONFIG_INVALID', `The ${describeSource(source)}: ${problem}`)
}
