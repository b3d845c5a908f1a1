import { beforeEach, describe, expect, it } from 'vitest'
import { connectRedis } from '../../lib/redis/connection.ts'
import { redisUrl } from '../../lib/redis/url.ts'
import { useRedis } from '../support/redis.ts'
import { serveSecrets } from '../support/secrets.ts'

describe('the Redis URL', () => {
  const redis = useRedis()
  let asked: unknown[]
  let values: Record<string, string>
  beforeEach(async () => {
    ;({ asked, values } = await serveSecrets())
  })

  it('is read from a decrypted SSM parameter when a connection is opened, and not before', async () => {
    values['/shop/redis-url'] = redis.server.url
    const pool = connectRedis({ source: { from: 'parameter', name: '/shop/redis-url' } })
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
    expect(await redisUrl({ from: 'secret', id: 'shop/redis' }).read()).toBe(redis.server.url)
    expect(asked).toEqual([{ target: 'secretsmanager.GetSecretValue', SecretId: 'shop/redis' }])
  })

  it('that is none is refused by the name of its place, without its value', async () => {
    values['shop/redis'] = 'hunter2'
    const refused = redisUrl({ from: 'secret', id: 'shop/redis' }).read()
    await expect(refused).rejects.toThrow('The secret shop/redis: expected redis://host:port or rediss://…')
  })

  it('that cannot be read is an error, and is read again at the next call', async () => {
    delete values['/shop/late']
    const pool = connectRedis({ source: { from: 'parameter', name: '/shop/late' } })
    await expect(pool.send(['PING'])).rejects.toThrow(expect.objectContaining({ code: 'SECRET_UNAVAILABLE' }))
    values['/shop/late'] = redis.server.url
    expect(await pool.send(['PING'])).toBe('PONG')
    await pool.close()
  })
})
