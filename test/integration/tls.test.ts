import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../../dev/redis/start.ts'
import { connectRedis, type RedisSettings } from '../../lib/redis/connection.ts'

const HOST = 'redis.shop.internal'

describe('rediss://', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-tls-'))
  let server: RedisServer
  let authority: string
  let tlsPort: number

  beforeAll(async () => {
    const ca = await generate([{ name: 'commonName', value: 'Shop CA' }], {
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true },
      ],
    })
    const own = await generate([{ name: 'commonName', value: HOST }], {
      algorithm: 'sha256',
      ca: { key: ca.private, cert: ca.cert },
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: HOST }] }],
    })
    authority = ca.cert
    const file = (name: string, content: string) => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    // A second server's port is free for sure once that server has ended.
    const probe = await startRedis()
    tlsPort = probe.port
    await probe.stop()
    server = await startRedis({
      args: [
        ...[
          '--tls-port',
          String(tlsPort),
          '--tls-auth-clients',
          'no',
          '--tls-ca-cert-file',
          file('ca.pem', ca.cert),
        ],
        ...['--tls-cert-file', file('own.pem', own.cert), '--tls-key-file', file('own.key', own.private)],
      ],
    })
  })
  afterAll(async () => {
    await server.stop()
    rmSync(folder, { recursive: true })
  })

  async function ping(tls: RedisSettings['tls'], user = '') {
    const redis = connectRedis({
      source: { from: 'environment', url: `rediss://${user}127.0.0.1:${tlsPort}` },
      tls: tls ?? {},
    })
    try {
      return await redis.send(['PING'])
    } finally {
      await redis.close()
    }
  }
  const unavailable = expect.objectContaining({ code: 'REDIS_UNAVAILABLE' })

  it('speaks TLS with a certificate of our own authority, for the name that it is given', async () => {
    expect(await ping({ ca: authority, servername: HOST })).toBe('PONG')
  })

  it('does not believe an authority that nobody named', async () => {
    await expect(ping({ servername: HOST })).rejects.toThrow(unavailable)
  })

  it('does not believe a certificate for another name', async () => {
    await expect(ping({ ca: authority, servername: 'other.shop.internal' })).rejects.toThrow(unavailable)
    await expect(ping({ ca: authority })).rejects.toThrow(unavailable)
  })

  it('carries an ACL user and his password', async () => {
    const admin = connectRedis({ source: { from: 'environment', url: server.url } })
    await admin.send(['ACL', 'SETUSER', 'search', 'on', '>p@ss/word', '~*', '+@connection'])
    await admin.close()
    const tls = { ca: authority, servername: HOST }
    expect(await ping(tls, `search:${encodeURIComponent('p@ss/word')}@`)).toBe('PONG')
    await expect(ping(tls, 'search:wrong@')).rejects.toThrow(
      expect.objectContaining({ code: 'REDIS_REFUSED' }),
    )
  })
})
