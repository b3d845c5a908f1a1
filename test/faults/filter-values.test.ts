import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { connectTo } from '../support/bike-shop.ts'
import { seeded, testSeed } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'
import { compareTags, randomTags } from '../support/unicode-tags.ts'

describe('100,000 values of a filter', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeAll(() => {
    redis = connectTo(server.server)
  })
  afterAll(() => redis.close())

  it('find who has the same tag, up to ASCII case and blanks around it, and nobody else', async () => {
    const seed = testSeed('FILTER_SEED')
    expect(await compareTags(redis, randomTags(seeded(seed), 100_000))).toEqual([])
  })
})
