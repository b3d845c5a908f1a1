import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { compareWithOracle } from '../../support/oracle/search-cases.ts'
import { useRedis } from '../../support/redis.ts'

describe.each(['json', 'hash'] as const)(
  'five hundred searches at random, of users in storage %s',
  (storage) => {
    const server = useRedis({ definition: defineIndex(INDEX_DEFINITION, { storage }) })

    it('find whom brute force finds, at the same distances, in the same order', async () => {
      // The same ones each time: test/faults/search-oracle tries others.
      expect(await compareWithOracle(server, { storage, seed: 1, count: 500 })).toEqual([])
    })
  },
)
