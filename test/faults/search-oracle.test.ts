import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { connectTo } from '../support/bike-shop.ts'
import { testSeed } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'
import { compareWithOracle } from '../support/search-cases.ts'

describe('10,000 searches at random', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeAll(() => {
    redis = connectTo(server.server)
  })
  afterAll(() => redis.close())

  it('find whom brute force finds, at the same distances, in the same order', async () => {
    const seed = testSeed('SEARCH_SEED')
    expect(await compareWithOracle(redis, seed, 10_000)).toEqual([])
  })
})
