import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { admit } from '../../../dev/local/admit.ts'

describe('a request to the local stack', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['127.0.0.1:3000', '127.0.0.1'],
    ['localhost:65535', 'localhost'],
    ['localhost:', 'localhost'],
    ['LocalHost:3000', 'localhost'],
    ['localhost.', 'localhost'],
    ['localhost.:3000', 'localhost'],
    ['[::1]', '[::1]'],
    ['[::1]:3000', '[::1]'],
    ['Lookalike.localhost:4569', 'lookalike.localhost'],
    ['a.b-c_d.localhost.', 'a.b-c_d.localhost'],
  ])('is admitted with the host %s', (host, name) => {
    expect(admit(requestOf({ host }))).toEqual({ host: name, target: '/users/1?k=2' })
  })

  it.each([
    'evil.example',
    'evil.example:3000',
    'evil.example.',
    '127.0.0.1.evil.example',
    'localhost.evil.example:3000',
    'evil-localhost',
    'xlocalhost',
    'localhost.localdomain',
    '.localhost',
    'a..localhost',
    'localhost..',
    '127.0.0.1@evil.example',
    'evil.example@127.0.0.1',
    'localhost/evil.example',
    'localhost#.evil.example',
    '127.0.0.1, evil.example',
    '127.0.0.1:3000:3000',
    '127.0.0.1:x',
    '127.0.0.1:123456',
    '127.0.0.1 evil',
    '127.0.0.2',
    '2130706433',
    '0.0.0.0:3000',
    '192.168.1.5:3000',
    '::1',
    '[::1',
    '[::]:3000',
    '[::1].evil.example',
    '[::ffff:127.0.0.1]:3000',
    'ⓛocalhost',
    '',
  ])('is refused with the host "%s"', (host) => {
    expect(admit(requestOf({ host }))).toEqual({
      refusal: expect.stringContaining(`Its host is ${JSON.stringify(host)}.`),
    })
  })

  it('is refused without a host, and with two', () => {
    expect(admit(requestOf({}))).toHaveProperty('refusal')
    const twice = requestOf({ host: '127.0.0.1' })
    twice.headersDistinct.host = ['127.0.0.1', '127.0.0.1']
    expect(admit(twice)).toEqual({ refusal: 'Expected one Host header, got several.' })
  })

  it.each(['http://127.0.0.1:5173', 'https://localhost', 'http://[::1]:8080', 'http://app.localhost:3000'])(
    'is admitted from a page of %s',
    (origin) => {
      expect(admit(requestOf({ host: 'localhost', origin }))).toHaveProperty('target')
    },
  )

  it.each([
    'http://evil.example',
    'https://evil.example:443',
    'http://127.0.0.1.evil.example',
    'http://evil.example/127.0.0.1',
    'http://127.0.0.1@evil.example',
    'http://192.168.1.5',
    'http://localhost/',
    'http://localhost http://evil.example',
    'chrome-extension://localhost',
    'file://',
    'null',
    '',
  ])('is refused from a page of "%s"', (origin) => {
    expect(admit(requestOf({ host: 'localhost', origin }))).toEqual({
      refusal: expect.stringContaining(`Its origin is ${JSON.stringify(origin)}.`),
    })
  })

  it('is refused when a page of another site embeds it, and admitted when a person follows a link', () => {
    const site = { host: 'localhost', 'sec-fetch-site': 'cross-site' }
    for (const embedded of ['image', 'iframe', 'script', 'empty'])
      expect(admit(requestOf({ ...site, 'sec-fetch-dest': embedded }))).toHaveProperty('refusal')
    expect(admit(requestOf({ ...site, 'sec-fetch-dest': 'document' }))).toHaveProperty('target')
    // A page of http://localhost that asks http://127.0.0.1.
    const own = { ...site, 'sec-fetch-dest': 'empty', origin: 'http://localhost:5173' }
    expect(admit(requestOf(own))).toHaveProperty('target')
  })

  it.each([
    ['http://127.0.0.1:3000/health?a=b', '127.0.0.1', '/health?a=b'],
    ['HTTP://lookalike.localhost', 'lookalike.localhost', '/'],
    ['http://localhost?list-type=2', 'localhost', '/?list-type=2'],
  ])('is admitted with the target %s', (url, host, target) => {
    expect(admit(requestOf({ host: '[::1]' }, url))).toEqual({ host, target })
  })

  it.each([
    ['http://evil.example/health', '127.0.0.1'],
    ['http://127.0.0.1@evil.example/health', '127.0.0.1'],
    ['http://evil@127.0.0.1/health', '127.0.0.1'],
    ['http:///health', '127.0.0.1'],
    ['http://127.0.0.1/health', 'evil.example'],
    ['ftp://127.0.0.1/health', '127.0.0.1'],
    ['127.0.0.1:3000', '127.0.0.1'],
    ['', '127.0.0.1'],
  ])('is refused with the target "%s" and the host %s', (url, host) => {
    expect(admit(requestOf({ host }, url))).toHaveProperty('refusal')
  })

  it('is refused by a message of bounded length', () => {
    const answer = admit(requestOf({ host: 'x'.repeat(10_000) }))
    expect(JSON.stringify(answer).length).toBeLessThan(400)
  })
})

function requestOf(headers: Record<string, string>, url = '/users/1?k=2') {
  const headersDistinct: IncomingMessage['headersDistinct'] = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value]]),
  )
  return { url, headers, headersDistinct }
}
