import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { SecretAccess } from '../../../lib/redis/secret.ts'
import { redisUrl } from '../../../lib/redis/url.ts'
import { useRedis } from '../../support/redis.ts'
import { serveSecrets } from '../../support/secrets.ts'

const unavailable = expect.objectContaining({ code: 'SECRET_UNAVAILABLE', status: 503 })

describe('the Redis URL', () => {
  const redis = useRedis()
  let asked: unknown[]
  let values: Record<string, string>
  let fallSilent: () => void
  let speak: () => void
  let aws: SecretAccess
  beforeEach(async () => {
    ;({ asked, values, fallSilent, speak, access: aws } = await serveSecrets())
  })
  afterEach(() => void vi.useRealTimers())

  it('is read from a decrypted SSM parameter when a connection is opened, and not before', async () => {
    values['/shop/redis-url'] = redis.server.url
    const pool = connectRedis({ source: { from: 'parameter', name: '/shop/redis-url', aws } })
    expect(asked).toEqual([])
    expect(await pool.send(['PING'])).toBe('PONG')
    expect(await pool.send(['PING'])).toBe('PONG')
    expect(asked).toEqual([
      { target: 'AmazonSSM.GetParameter', Name: '/shop/redis-url', WithDecryption: true },
    ])
    await pool.close()
  })

  it('is read from Secrets Manager', async () => {
    values['shop/redis'] = redis.server.url
    expect(await redisUrl({ from: 'secret', id: 'shop/redis', aws }).read(Date.now() + 5_000)).toBe(
      redis.server.url,
    )
    expect(asked).toEqual([{ target: 'secretsmanager.GetSecretValue', SecretId: 'shop/redis' }])
  })

  it('that is none is refused by the name of its place, without its value', async () => {
    values['shop/redis'] = 'hunter2'
    const refused = redisUrl({ from: 'secret', id: 'shop/redis', aws }).read(Date.now() + 5_000)
    await expect(refused).rejects.toThrow('The secret shop/redis: expected redis://host:port, ')
  })

  it('that cannot be read is an error, and is asked for again at once, then after five seconds', async () => {
    delete values['/shop/late']
    const pool = connectRedis({ source: { from: 'parameter', name: '/shop/late', aws } })
    for (let i = 0; i < 5; i++) await expect(pool.send(['PING'])).rejects.toThrow(unavailable)
    expect(asked).toHaveLength(2)
    values['/shop/late'] = redis.server.url
    vi.setSystemTime(Date.now() + 6_000)
    expect(await pool.send(['PING'])).toBe('PONG')
    expect(asked).toHaveLength(3)
    await pool.close()
  })

  it.each([
    { from: 'parameter', name: '/shop/redis-url' },
    { from: 'secret', id: 'shop/redis' },
  ] as const)('is waited for no longer than two tries of a second: %o', async (source) => {
    fallSilent()
    await expect(redisUrl({ ...source, aws }).read(Date.now() + 10_000)).rejects.toThrow(unavailable)
    expect(asked).toHaveLength(2)
  })

  it('says why it cannot be read', async () => {
    await expect(
      redisUrl({ from: 'parameter', name: '/shop/none', aws }).read(Date.now() + 5_000),
    ).rejects.toMatchObject({
      message: 'The SSM parameter /shop/none cannot be read',
      cause: { name: 'ParameterNotFound', message: 'the service answered 400' },
    })
  })

  it('that came late is not waited for again, but read anew', async () => {
    values['shop/redis'] = redis.server.url
    const url = redisUrl({ from: 'secret', id: 'shop/redis', aws })
    fallSilent()
    await expect(url.read(Date.now() + 200)).rejects.toThrow(unavailable)
    speak()
    vi.setSystemTime(Date.now() + 6_000)
    expect(await url.read(Date.now() + 5_000)).toBe(redis.server.url)
  })
})
