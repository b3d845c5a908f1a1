import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { connectRedis } from '../../lib/redis/connection.ts'
import { redisUrl } from '../../lib/redis/url.ts'
import { useRedis } from '../support/redis.ts'

describe('the Redis URL', () => {
  const redis = useRedis()
  const asked: unknown[] = []
  const values: Record<string, string> = {}

  // What SSM and Secrets Manager have in common: JSON over POST, the operation in a header.
  beforeEach(async () => {
    const server = createServer(async (request, response) => {
      const input: { Name?: string; SecretId?: string } = JSON.parse(JSON.stringify(await json(request)))
      asked.push({ target: request.headers['x-amz-target'], ...input })
      const value = values[input.Name ?? input.SecretId ?? '']
      const found = input.Name === undefined ? { SecretString: value } : { Parameter: { Value: value } }
      response.writeHead(value === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
      response.end(JSON.stringify(value === undefined ? { __type: 'ParameterNotFound' } : found))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    vi.stubEnv('AWS_ENDPOINT_URL_SSM', url)
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', url)
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'x')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x')
    asked.splice(0)
  })

  it('is read from a decrypted SSM parameter when a connection is opened, and not before', async () => {
    values['/shop/redis-url'] = redis.server.url
    const pool = connectRedis({ from: 'parameter', name: '/shop/redis-url' })
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
    expect(await redisUrl({ from: 'secret', id: 'shop/redis' })).toBe(redis.server.url)
    expect(asked).toEqual([{ target: 'secretsmanager.GetSecretValue', SecretId: 'shop/redis' }])
  })

  it('that is none is refused by the name of its place, without its value', async () => {
    values['shop/redis'] = 'hunter2'
    const refused = redisUrl({ from: 'secret', id: 'shop/redis' }).catch((error: unknown) => String(error))
    expect(await refused).toBe('AppError: Expected the secret shop/redis to hold redis://… or rediss://…')
  })

  it('that cannot be read is an error, and is read again at the next call', async () => {
    delete values['/shop/late']
    const pool = connectRedis({ from: 'parameter', name: '/shop/late' })
    await expect(pool.send(['PING'])).rejects.toThrow(expect.objectContaining({ code: 'SECRET_UNAVAILABLE' }))
    values['/shop/late'] = redis.server.url
    expect(await pool.send(['PING'])).toBe('PONG')
    await pool.close()
  })
})
