import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../../lib/config.ts'
import { hostsOf } from '../../../lib/redis/url.ts'

describe('what is shown of a Redis URL', () => {
  it.each([
    ['redis://u:p@ssw0rd@host', 'host'],
    ['redis://u:p@ss@w0rd@host:6380/2', 'host:6380'],
    ['rediss://user:hunter2@redis.shop:6379/0', 'redis.shop:6379'],
    ['redis://:hunter2@[::1]:6379', '[::1]:6379'],
    ['redis://u:hunter2\n@ssw0rd@host', 'host'],
    ['https://:token@gateway.shop', 'gateway.shop'],
    ['https:u:hunter2@gateway.shop', 'gateway.shop'],
    ['redis+sentinel://user:hunter2@a:1,b:2/users?reads=replica', 'a:1,b:2'],
    ['redis+sentinel://a,b/users?sentinelPassword=hunter2', 'a:26379,b:26379'],
    ['hunter2', ''],
  ])('of %j is %j', (url, shown) => {
    expect(hostsOf(url)).toBe(shown)
  })

  it('is never a part of the password, in what is started on or in a message', () => {
    const password = fc.string({ unit: fc.constantFrom('@', '/', ':', '?', '#', '%', '\\', 'Q') })
    const user = fc.constantFrom('rediss://user:', 'redis://', 'https://:', 'rediss+sentinel://user:')
    fc.assert(
      fc.property(user, password, (before, text) => {
        expect(shownOf(`${before}${text}Q@host/1`)).not.toContain('Q')
      }),
    )
  })
})

/** All that a start shows of it: its hosts, or why it is refused. No other text of ours has a capital Q. */
function shownOf(REDIS_URL: string): string {
  try {
    loadConfig({ REDIS_URL })
    return hostsOf(REDIS_URL)
  } catch (error) {
    return String(error)
  }
}
