import { describe, expect, it } from 'vitest'
import { serverKind } from '../../../lib/redis/server-kind.ts'

describe('a server', () => {
  it.each([
    ['Redis Stack 7.4', { redis_version: '7.4.1' }, { search: '2.10.5' }, 'Redis Stack', true],
    ['Redis 8.2 with the same module', { redis_version: '8.2.3' }, { search: '2.10.20' }, 'Redis', true],
    [
      'Redis 8.2 with its own search, which is not tested',
      { redis_version: '8.2.1' },
      { search: '8.2.1' },
      'Redis',
      false,
    ],
    ['Redis 8.4, which is not tested', { redis_version: '8.4.0' }, { search: '8.4.0' }, 'Redis', false],
    ['Redis 7.4 with an older search', { redis_version: '7.4.1' }, { search: '2.8.4' }, 'Redis Stack', false],
    ['Redis Stack 7.2, which is not', { redis_version: '7.2.4' }, { search: '2.8.4' }, 'Redis Stack', false],
    [
      'Valkey, which is not',
      { redis_version: '7.2.4', server_name: 'valkey' },
      { search: '1.2.0' },
      'Valkey',
      false,
    ],
    ['what has no search', { redis_version: '7.4.1' }, {}, 'unknown', false],
  ])('is known as what it is: %s', (_, info, modules, kind, isTested) => {
    expect(serverKind(info, modules)).toEqual({ kind, isTested })
  })
})
