import { AppError } from '../errors.ts'
import type { TlsSettings } from './client.ts'
import { type CallOptions, DEFAULT_TIMEOUT_MS, type RedisPool } from './redis.ts'
import { isHttpUrl, type RedisUrl } from './url.ts'

/**
 * Selects the transport when the URL is first read, and keeps it. The HTTP transport is loaded on demand, so that TCP
 * users do not pay for it at a cold start.
 */
export function selectTransport(url: RedisUrl, tls: TlsSettings, tcp: RedisPool): RedisPool {
  let chosen: RedisPool | undefined
  let closings = 0

  async function choose({
    deadline = Date.now() + DEFAULT_TIMEOUT_MS,
  }: CallOptions = {}): Promise<RedisPool> {
    const before = closings
    const isRest = isHttpUrl(await url.read(deadline))
    chosen ??= isRest ? (await import('./rest/rest-pool.ts')).restPool(url, tls) : tcp
    if (closings === before) return chosen
    throw new AppError('REDIS_UNAVAILABLE', 'The connection to Redis was closed before it was opened')
  }

  return {
    send: (command, options) =>
      chosen?.send(command, options) ?? choose(options).then((pool) => pool.send(command, options)),
    lease: async (work, options) => (chosen ?? (await choose(options))).lease(work, options),
    assertConnections: async (options) => (chosen ?? (await choose(options))).assertConnections(options),
    close: async () => {
      closings++
      await chosen?.close()
    },
  }
}
