import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { connectTo } from '../support/bike-shop.ts'
import { useRedis } from '../support/redis.ts'
import { compareWithOracle } from '../support/search-cases.ts'

describe('a thousand searches at random', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeAll(() => {
    redis = connectTo(server.server)
  })
  afterAll(() => redis.close())

  it('find whom brute force finds, at the same distances, in the same order', async () => {
    // The same ones each time: test/faults/search-oracle tries others.
    expect(await compareWithOracle(redis, 1, 1_000)).toEqual([])
  })
})
