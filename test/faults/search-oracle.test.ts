import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { connectTo } from '../support/bike-shop.ts'
import { useRedis } from '../support/redis.ts'
import { compareWithOracle } from '../support/search-cases.ts'

describe('20,000 searches at random', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeAll(() => {
    redis = connectTo(server.server)
  })
  afterAll(() => redis.close())

  it('find whom brute force finds, at the same distances, in the same order', async () => {
    const seed = Number(process.env.SEARCH_SEED ?? Date.now() % 1_000_000_000)
    console.log(`SEARCH_SEED=${seed}`)
    expect(await compareWithOracle(redis, seed, 20_000)).toEqual([])
  })
})
