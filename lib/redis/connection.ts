import type { TlsSettings } from './client.ts'
import { clientOpener } from './client-opener.ts'
import { connectionPool } from './pool.ts'
import { preferReplica } from './prefer-replica.ts'
import type { RedisPool } from './redis.ts'
import { parseSentinelUrl } from './sentinel-url.ts'
import { type RedisSource, redisUrl } from './url.ts'

export interface RedisSettings {
  source: RedisSource
  tls?: TlsSettings
  /** Hosts to which redis:// is allowed, beside this machine. */
  plaintextHosts?: readonly string[]
}

/**
 * The pooled connection to the server of the URL, or to the primary that its sentinels name. Who only reads is sent to a
 * replica, where the URL asks for that.
 */
export function connectRedis(
  { source, tls = {}, plaintextHosts = [] }: RedisSettings,
  { onlyReads = false } = {},
): RedisPool {
  const url = redisUrl(source, plaintextHosts)
  const primary = connectionPool(clientOpener(url, { tls, plaintextHosts, role: 'primary' }))
  if (!onlyReads) return primary
  const replica = connectionPool(clientOpener(url, { tls, plaintextHosts, role: 'replica' }))
  const isWanted = async (deadline: number) =>
    parseSentinelUrl(await url.read(deadline))?.readsReplica ?? false
  return preferReplica({ isWanted, replica, primary })
}
