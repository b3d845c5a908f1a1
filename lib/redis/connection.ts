import type { TlsSettings } from './client.ts'
import { clientOpener } from './client-opener.ts'
import { connectionPool } from './pool.ts'
import { preferReplica } from './prefer-replica.ts'
import type { RedisPool } from './redis.ts'
import { parseSentinelUrl } from './sentinel-url.ts'
import { selectTransport } from './transport.ts'
import { type RedisSource, type RedisUrl, redisUrl } from './url.ts'

export interface RedisSettings {
  source: RedisSource
  tls?: TlsSettings
  /** Hosts to which redis:// and http:// are allowed, in addition to this machine. */
  plaintextHosts?: readonly string[]
}

/**
 * The pooled connection: to the server of the URL, to the primary behind its sentinels, or to an HTTP gateway. With
 * `onlyReads`, reads go to a replica if the URL asks for that.
 */
export function connectRedis(settings: RedisSettings, { onlyReads = false } = {}): RedisPool {
  const url = redisUrl(settings.source, settings.plaintextHosts)
  return selectTransport(url, settings.tls ?? {}, createTcpPool(url, settings, onlyReads))
}

function createTcpPool(
  url: RedisUrl,
  { tls = {}, plaintextHosts = [] }: RedisSettings,
  onlyReads: boolean,
): RedisPool {
  const primary = connectionPool(clientOpener(url, { tls, plaintextHosts, role: 'primary' }))
  if (!onlyReads) return primary
  const replica = connectionPool(clientOpener(url, { tls, plaintextHosts, role: 'replica' }))
  // Every command asks, so the URL is parsed once.
  let parsed: { text: string; readsReplica: boolean } | undefined
  const parse = (text: string) => {
    if (parsed?.text !== text) parsed = { text, readsReplica: parseSentinelUrl(text)?.readsReplica ?? false }
    return parsed.readsReplica
  }
  const isWanted = (deadline: number) => {
    const text = url.known()
    return text === undefined ? url.read(deadline).then(parse) : parse(text)
  }
  return preferReplica({ isWanted, replica, primary })
}
