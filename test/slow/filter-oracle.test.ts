import { describe, expect, it } from 'vitest'
import { anyDefinition, compareFilters } from '../support/oracle/filter-cases.ts'
import { testSeed } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'

describe.each(['json', 'hash'] as const)('20,000 filters over 1,000 users in storage %s', (storage) => {
  const server = useRedis({ definition: anyDefinition(storage) })

  it('match the users that a test in plain code matches', async () => {
    const seed = testSeed('FILTER_SEED')
    const failures: string[] = []
    // Each seed is another definition: sortable fields, separators, HNSW or FLAT.
    for (let i = 0; i < 10; i++) {
      failures.push(
        ...(await compareFilters(server, { storage, seed: seed + i, users: 1_000, queries: 2_000 })),
      )
    }
    expect(failures).toEqual([])
  })
})
