import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type RedisServer, startRedis } from '../../../dev/redis/start.ts'
import { connectRedis, type RedisSettings } from '../../../lib/redis/connection.ts'
import { type Certificate, certificateFor } from '../../support/certificates.ts'
import { type StartGateway, startGateway, startOtherGateway } from '../../support/rest-gateway.ts'
import { behindTls } from '../../support/tls-front.ts'

const HOST = 'redis.shop.internal'

interface TlsServer {
  /** `rediss://127.0.0.1:…` or `https://:token@127.0.0.1:…` */
  url: string
  /** Where Redis itself is, without TLS. */
  redisUrl: string
  close(): Promise<void>
}

type StartServer = (certificate: Certificate) => Promise<TlsServer>

async function startTlsRedis({ authority, cert, key }: Certificate): Promise<TlsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-tls-'))
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  // A second server's port is free for sure once that server has ended.
  const probe = await startRedis()
  await probe.stop()
  const args = [
    ...['--tls-port', String(probe.port), '--tls-auth-clients', 'no'],
    ...['--tls-ca-cert-file', file('ca.pem', authority)],
    ...['--tls-cert-file', file('own.pem', cert), '--tls-key-file', file('own.key', key)],
  ]
  const server: RedisServer = await startRedis({ args })
  return {
    url: `rediss://127.0.0.1:${probe.port}`,
    redisUrl: server.url,
    close: async () => {
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

const startTlsGateway =
  (start: StartGateway): StartServer =>
  async (certificate) => {
    const server = await startRedis()
    const gateway = await start(server.url)
    const front = await behindTls(gateway, certificate)
    return {
      url: front.url,
      redisUrl: server.url,
      close: async () => {
        await front.close()
        await gateway.close()
        await server.stop()
      },
    }
  }

const servers: [string, StartServer][] = [
  ['rediss://', startTlsRedis],
  ['https:// of our gateway', startTlsGateway(startGateway)],
  ['https:// of upstash-redis-server', startTlsGateway(startOtherGateway)],
]

async function ping(url: string, tls: RedisSettings['tls'] = {}) {
  const redis = connectRedis({ source: { from: 'environment', url }, tls })
  try {
    return await redis.send(['PING'])
  } finally {
    await redis.close()
  }
}

describe.each(servers)('%s', (_, start) => {
  let server: TlsServer
  let authority: string
  beforeAll(async () => {
    const certificate = await certificateFor(HOST)
    authority = certificate.authority
    server = await start(certificate)
  })
  afterAll(() => server.close())

  /** In one line that says what to set, and shows nothing of the URL. */
  const untrusted = (codes: string) => {
    const line = `^Expected a certificate of Redis that is trusted through REDIS_TLS_CA and REDIS_TLS_SERVERNAME, got (${codes})$`
    return expect.objectContaining({
      code: 'REDIS_UNAVAILABLE',
      message: expect.stringMatching(new RegExp(line)),
    })
  }

  it('speaks TLS with a certificate of our own authority, for the name that it is given', async () => {
    expect(await ping(server.url, { ca: authority, servername: HOST })).toBe('PONG')
  })

  it('does not believe an authority that nobody named', async () => {
    // The latter where the server sends its authority along.
    const refused = untrusted('UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN')
    await expect(ping(server.url, { servername: HOST })).rejects.toThrow(refused)
    const other = await certificateFor(HOST)
    await expect(ping(server.url, { ca: other.authority, servername: HOST })).rejects.toThrow(untrusted('.+'))
    const error = await ping(server.url).catch((thrown: unknown) => thrown)
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
  })

  it('does not believe a certificate for another name', async () => {
    const refused = untrusted('ERR_TLS_CERT_ALTNAME_INVALID')
    await expect(ping(server.url, { ca: authority, servername: 'other.shop.internal' })).rejects.toThrow(
      refused,
    )
    await expect(ping(server.url, { ca: authority })).rejects.toThrow(refused)
  })
})

describe('rediss://', () => {
  it('carries an ACL user and his password', async () => {
    const certificate = await certificateFor(HOST)
    const server = await startTlsRedis(certificate)
    onTestFinished(server.close)
    const admin = connectRedis({ source: { from: 'environment', url: server.redisUrl } })
    await admin.send(['ACL', 'SETUSER', 'search', 'on', '>p@ss/word', '~*', '+@connection'])
    await admin.close()
    const tls = { ca: certificate.authority, servername: HOST }
    const as = (user: string) => server.url.replace('://', `://${user}@`)
    expect(await ping(as(`search:${encodeURIComponent('p@ss/word')}`), tls)).toBe('PONG')
    await expect(ping(as('search:wrong'), tls)).rejects.toThrow(
      expect.objectContaining({ code: 'REDIS_REFUSED' }),
    )
  })
})
