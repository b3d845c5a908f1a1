import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { listen } from '../../../dev/local/listen.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import { connectTo } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'
import {
  type Gateway,
  type StartGateway,
  startGateway,
  startOtherGateway,
} from '../../support/rest-gateway.ts'
import { proxyTo } from '../../support/search-environment.ts'
import { serveSecrets } from '../../support/secrets.ts'

const PONG = '{"result":"PONG"}'

/** A connection to a gateway that answers as it is told, which is asked so often. */
async function gatewayThat(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  let asked = 0
  const server = createServer((request, response) => {
    asked++
    request.resume().once('end', () => answer(response, request))
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })
  const redis = connectTo({ url: url.replace('://', '://:hunter2@') })
  onTestFinished(async () => {
    await redis.close()
    await close()
  })
  return { redis, asked: () => asked, url }
}

describe('a gateway that answers', () => {
  const html = '<html>hunter2: canary</html>'
  it.each([
    [401, html, 'REDIS_REFUSED', 'The HTTP gateway to Redis refuses the token'],
    [401, '{"message":"hunter2 is wrong"}', 'REDIS_REFUSED', 'The HTTP gateway to Redis refuses the token'],
    [401, '{"error":"hunter2 is wrong"}', 'REDIS_REFUSED', 'The HTTP gateway to Redis refuses the token'],
    [403, html, 'REDIS_REFUSED', 'The HTTP gateway to Redis refuses the token'],
    [404, '{"error":"canary"}', 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers 404'],
    [
      429,
      '{"error":"canary"}',
      'REDIS_BUSY',
      'The HTTP gateway to Redis answers 429 (too many requests): try again later',
    ],
    [500, html, 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers 500'],
    [500, '{"error":"ERR canary"}', 'REDIS_ERROR', 'Redis answered ERR'],
    [502, '{"error":"canary"}', 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers 502'],
    [503, html, 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers 503'],
    [504, '', 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers 504'],
    [200, html, 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers without a result'],
    [200, '{"result":"canary', 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers without a result'],
    [200, '["canary"]', 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers without a result'],
    [200, 'null', 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers without a result'],
    [200, '{}', 'REDIS_UNAVAILABLE', 'The HTTP gateway to Redis answers without a result'],
  ])('%i %s is %s, without a word of it', async (status, body, code, message) => {
    const { redis } = await gatewayThat((response) => response.writeHead(status).end(body))
    const error = await redis.send(['GET', 'key']).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code, message })
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
  })

  it('with another place is not followed there, with the token', async () => {
    const other = await gatewayThat((response) => response.end(PONG))
    const { redis } = await gatewayThat((response) =>
      response.writeHead(307, { location: `${other.url}/` }).end(),
    )
    await expect(redis.send(['PING'])).rejects.toMatchObject({
      ...{ code: 'REDIS_UNAVAILABLE', message: 'The HTTP gateway to Redis answers 307' },
    })
    expect(other.asked()).toBe(0)
  })

  it('and breaks off is asked once more, but not what is to be sent once', async () => {
    const cutting = () => {
      let isFirst = true
      return gatewayThat((response) => {
        if (!isFirst) {
          response.end(PONG)
          return
        }
        isFirst = false
        response.writeHead(200, { 'content-length': PONG.length })
        response.write(PONG.slice(0, 8), () => response.destroy())
      })
    }
    const read = await cutting()
    expect(await read.redis.send(['PING'])).toBe('PONG')
    expect(read.asked()).toBe(2)
    const write = await cutting()
    const sent = write.redis.send(['PING'], { once: true })
    await expect(sent).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    expect(write.asked()).toBe(1)
  })

  it('late, and then not at all, costs no more than the deadline', async () => {
    const { redis } = await gatewayThat((response) => response.writeHead(200).write('{"result":'))
    const sent = redis.send(['PING'], { deadline: Date.now() + 200 })
    await expect(sent).rejects.toMatchObject({ code: 'REDIS_TIMEOUT' })
  })
})

describe.each<[string, StartGateway]>([
  ['our gateway', startGateway],
  ['upstash-redis-server', startOtherGateway],
])('over %s', (_, start) => {
  const server = useRedis()
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await start(server.server.url)
  })
  afterAll(() => gateway.close())
  afterEach(() => void vi.useRealTimers())

  it('a write is not sent over a connection that died in a freeze without a word', async () => {
    const { proxy, url } = await proxyTo(gateway)
    const redis = connectTo({ url })
    onTestFinished(redis.close)
    expect(await Promise.all([redis.send(['PING']), redis.send(['PING'])])).toEqual(['PONG', 'PONG'])
    await proxy.toxic('timeout', { timeout: 0 }, { only: 'existing' })
    // The clock goes on in a freeze, timers do not.
    vi.setSystemTime(Date.now() + 60_000)
    expect(await redis.send(['INCR', 'counter'], { once: true })).toBe(1)
  })

  it('a connection is used again by the next command', async () => {
    const { proxy, url } = await proxyTo(gateway)
    const redis = connectTo({ url })
    onTestFinished(redis.close)
    for (let i = 0; i < 5; i++) await redis.send(['PING'])
    expect(proxy.connections()).toBe(1)
    await redis.close()
    await expect.poll(proxy.connections).toBe(0)
  })

  it('a token that was rotated is read again, once, without a restart', async () => {
    const secrets = await serveSecrets()
    const old = gateway.url.replace(/:[^:@]+@/, ':outdated@')
    secrets.values['shop/redis'] = old
    const redis = connectRedis({ source: { from: 'secret', id: 'shop/redis', aws: secrets.access } })
    onTestFinished(redis.close)
    await expect(redis.send(['PING'])).rejects.toMatchObject({ code: 'REDIS_REFUSED' })
    secrets.values['shop/redis'] = gateway.url
    // The secret was read a moment ago, and is not asked for more often than every five seconds.
    vi.setSystemTime(Date.now() + 6_000)
    const many = ['1', '2', '3'].map((key) => redis.send(['SET', key, 'x'], { once: true }))
    expect(await Promise.all(many)).toEqual(['OK', 'OK', 'OK'])
    expect(secrets.asked).toHaveLength(2)
  })

  it('a token that is wrong for good is one clear error, and the secret is asked for no more often', async () => {
    const secrets = await serveSecrets()
    secrets.values['shop/redis'] = gateway.url.replace(/:[^:@]+@/, ':outdated@')
    const redis = connectRedis({ source: { from: 'secret', id: 'shop/redis', aws: secrets.access } })
    onTestFinished(redis.close)
    for (let i = 0; i < 5; i++) {
      const error = await redis.send(['PING']).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({
        code: 'REDIS_REFUSED',
        message: 'The HTTP gateway to Redis refuses the token',
      })
      expect(inspect(error, { depth: 9 })).not.toContain('outdated')
    }
    expect(secrets.asked).toHaveLength(1)
  })
})

it('a token that was rotated is read again whatever the gateway says beside 401', async () => {
  const secrets = await serveSecrets()
  const { url } = await gatewayThat((response, { headers }) => {
    if (headers.authorization === 'Bearer new') response.end(PONG)
    else response.writeHead(401, { 'content-type': 'text/html' }).end('<html>Authorization Required</html>')
  })
  const withToken = (token: string) => url.replace('://', `://:${token}@`)
  secrets.values['shop/redis'] = withToken('old')
  const redis = connectRedis({ source: { from: 'secret', id: 'shop/redis', aws: secrets.access } })
  onTestFinished(redis.close)
  await expect(redis.send(['PING'])).rejects.toMatchObject({ code: 'REDIS_REFUSED' })
  secrets.values['shop/redis'] = withToken('new')
  vi.setSystemTime(Date.now() + 6_000)
  onTestFinished(() => void vi.useRealTimers())
  expect(await redis.send(['PING'])).toBe('PONG')
})
