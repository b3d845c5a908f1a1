import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { recordCheck } from '../../../lib/users/user-record.ts'
import { useRedis } from '../../support/redis.ts'
import { writeUsers } from '../../support/write-users.ts'

describe('a vector that is taken under COSINE', () => {
  const server = useRedis({ definition: defineIndex(INDEX_DEFINITION, { storage: 'hash' }) })
  const component = fc.double({ noNaN: true, min: -1, max: 1 })
  const scaled = ([min, max]: readonly [min: number, max: number]) =>
    fc
      .tuple(fc.array(component, { minLength: 3, maxLength: 3 }), fc.integer({ min, max }))
      .map(([direction, power]) => direction.map((part) => part * 3.4 * 10 ** power))

  // FLOAT16 has 11 bits, so a distance of its own is 0 to three digits only.
  it.each([
    { type: 'FLOAT16', powers: [-8, 4], digits: 2 },
    { type: 'FLOAT32', powers: [-45, 38], digits: 5 },
    { type: 'FLOAT64', powers: [-170, 160], digits: 9 },
  ] as const)(
    'is at the distance 0 from itself, however long or short it is: $type',
    async ({ type, powers, digits }) => {
      const redis = server.pool()
      await redis.send(['FLUSHALL'])
      const definition = defineIndex(INDEX_DEFINITION, { storage: 'hash', vector: { type } })
      await provisionIndex({ redis, definition })
      const own = { redis: server.pool('search-users'), definition }
      const deps = { ...own, readIndex: cacheIndexReading(own) }
      const check = recordCheck(definition)
      let taken = 0
      await fc.assert(
        fc.asyncProperty(scaled(powers), async (vector) => {
          const user = { id: '1', vector_embedding: vector }
          fc.pre('record' in check(Buffer.from(JSON.stringify(user))))
          taken++
          await writeUsers(server.pool('import-users'), definition, [user])
          const { results } = await searchUsers(deps, { vector, k: 1, includeVector: false })
          expect(results[0]?.distance).toBeCloseTo(0, digits)
        }),
        { numRuns: 400 },
      )
      expect(taken).toBeGreaterThan(100)
    },
  )
})
