import { describe, expect, it } from 'vitest'
import { anyDefinition, compareFilters } from '../../support/oracle/filter-cases.ts'
import { useRedis } from '../../support/redis.ts'

describe.each(['json', 'hash'] as const)('filters at random, over users in storage %s', (storage) => {
  const server = useRedis({ definition: anyDefinition(storage) })

  it('match the users that a test in plain code matches', async () => {
    // The same filters each time: test/slow/filter-oracle tries others.
    expect(await compareFilters(server, { storage, seed: 3, users: 200, queries: 1_000 })).toEqual([])
  })
})
