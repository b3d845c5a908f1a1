import { describe, expect, it } from 'vitest'
import { anyDefinition, compareFilters } from '../../support/oracle/filter-cases.ts'
import { useRedis } from '../../support/redis.ts'

describe.each(['json', 'hash'] as const)('filters at random, over users in storage %s', (storage) => {
  const server = useRedis({ definition: anyDefinition(storage) })

  it('match the users that a test in plain code matches', async () => {
    // The same filters each time: test/slow/filter-oracle tries others.
    expect(await compareFilters(server, { storage, seed: 1, users: 150, queries: 300 })).toEqual([])
  })
})
