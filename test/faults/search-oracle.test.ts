import { describe, expect, it } from 'vitest'
import { testSeed } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'
import { compareWithOracle } from '../support/search-cases.ts'

describe('10,000 searches at random', () => {
  const server = useRedis()

  it('find whom brute force finds, at the same distances, in the same order', async () => {
    const seed = testSeed('SEARCH_SEED')
    expect(await compareWithOracle(server, seed, 10_000)).toEqual([])
  })
})
