import { describe, expect, it } from 'vitest'
import { useRedis } from '../support/redis.ts'
import { compareWithOracle } from '../support/search-cases.ts'

describe('a thousand searches at random', () => {
  const server = useRedis()

  it('find whom brute force finds, at the same distances, in the same order', async () => {
    // The same ones each time: test/faults/search-oracle tries others.
    expect(await compareWithOracle(server, 1, 1_000)).toEqual([])
  })
})
