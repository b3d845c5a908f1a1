import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../../lib/config.ts'
import { parseSentinelUrl } from '../../../lib/redis/sentinel-url.ts'

const load =
  (REDIS_URL: string, more = {}) =>
  () =>
    loadConfig({ REDIS_URL, ...more })

describe('a URL of sentinels', () => {
  it('names them, the primary, and the user of the servers', () => {
    const url = parseSentinelUrl(
      'rediss+sentinel://shop:p%40ss@a.internal,b.internal:26380,[::1]:26381/users',
    )
    expect(url).toMatchObject({
      sentinels: ['rediss://a.internal:26379', 'rediss://b.internal:26380', 'rediss://[::1]:26381'],
      name: 'users',
      readsReplica: false,
    })
    expect(url?.serverUrl({ host: '10.0.0.7', port: 6379 })).toBe('rediss://shop:p%40ss@10.0.0.7:6379')
    expect(url?.serverUrl({ host: 'fd00::7', port: 6379 })).toBe('rediss://shop:p%40ss@[fd00::7]:6379')
  })

  it('may have a user for the sentinels, and ask for reads from a replica', () => {
    const url = parseSentinelUrl(
      'redis+sentinel://a,b/users?reads=replica&sentinelUser=s&sentinelPassword=p%40ss',
    )
    expect(url).toMatchObject({
      sentinels: ['redis://s:p%40ss@a:26379', 'redis://s:p%40ss@b:26379'],
      readsReplica: true,
    })
    expect(url?.serverUrl({ host: 'c', port: 1 })).toBe('redis://c:1')
    expect(parseSentinelUrl('redis+sentinel://a/users?sentinelPassword=x')?.sentinels).toEqual([
      'redis://:x@a:26379',
    ])
  })

  it.each([
    'redis+sentinel://a:26379',
    'redis+sentinel:///users',
    'redis+sentinel://a:port/users',
    'redis+sentinel://a,,b/users',
    'redis+sentinel://a/users/0',
    'redis+sentinel://a/users?reads=replicas',
    'redis+sentinel://a/users?replica=1',
    'redis+sentinel://user:hunter2@b@a/users',
  ])('is refused as %s, in words that show nothing of it', (url) => {
    const more = { REDIS_PLAINTEXT_HOSTS: 'a,b' }
    expect(load(url, more)).toThrow('REDIS_URL: expected redis+sentinel://[user:password@]host:port')
    expect(load(url, more)).not.toThrow('hunter2')
  })

  it('is refused without TLS, unless every sentinel is on this machine or named', () => {
    expect(load('redis+sentinel://127.0.0.1:1,127.0.0.1:2/users')).not.toThrow()
    const url = 'redis+sentinel://a.internal,b.internal/users'
    expect(load(url)).toThrow('REDIS_PLAINTEXT_HOSTS')
    expect(load(url, { REDIS_PLAINTEXT_HOSTS: 'a.internal' })).toThrow('b.internal unencrypted')
    expect(load(url, { REDIS_PLAINTEXT_HOSTS: 'a.internal,b.internal' })).not.toThrow()
    expect(load('rediss+sentinel://a.internal,b.internal/users')).not.toThrow()
  })
})
