import { describe, expect, it } from 'vitest'
import { anyDefinition, compareFilters } from '../../support/oracle/filter-cases.ts'
import { useRedis } from '../../support/redis.ts'

describe.each(['json', 'hash'] as const)('filters at random, over users in storage %s', (storage) => {
  const server = useRedis({ definition: anyDefinition(storage) })

  it('match the users that a test in plain code matches', async () => {
    // The same filters each time: test/slow/filter-oracle tries others. Each seed finds faults that the other does not:
    // 1 finds words in other cases and of more than 128 bytes, and rounded doubles; 4 finds a word of two TEXT fields.
    for (const seed of [1, 4]) {
      expect(await compareFilters(server, { storage, seed, users: 150, queries: 400 })).toEqual([])
    }
  })
})
