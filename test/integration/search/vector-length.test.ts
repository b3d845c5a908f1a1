import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { VECTOR_TYPE_NAMES, VECTOR_TYPES, type VectorType } from '../../../lib/fields/vector-types.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'
import { useRedis } from '../../support/redis.ts'
import { writeUsers } from '../../support/write-users.ts'

describe('a vector that is taken under COSINE', () => {
  const server = useRedis({ definition: defineIndex(INDEX_DEFINITION, { storage: 'hash' }) })
  const component = fc.double({ noNaN: true, min: -1, max: 1 })
  const scaled = ([min, max]: readonly [min: number, max: number]) =>
    fc
      .tuple(fc.array(component, { minLength: 3, maxLength: 3 }), fc.integer({ min, max }))
      .map(([direction, power]) => direction.map((part) => part * 3.4 * 10 ** power))

  /** Lengths beyond those that a type can hold, and how near to itself a vector has to be. */
  const tries: Record<VectorType, { powers: [number, number]; distance: number }> = {
    FLOAT16: { powers: [-8, 4], distance: VECTOR_TYPES.FLOAT16.ownDistance },
    BFLOAT16: { powers: [-45, 38], distance: VECTOR_TYPES.BFLOAT16.ownDistance },
    FLOAT32: { powers: [-45, 38], distance: 5e-6 },
    FLOAT64: { powers: [-170, 160], distance: 5e-10 },
  }
  it.each(VECTOR_TYPE_NAMES)(
    'is at the distance 0 from itself, however long or short it is: %s',
    async (type) => {
      const { powers, distance } = tries[type]
      const redis = server.pool()
      await redis.send(['FLUSHALL'])
      const definition = defineIndex(INDEX_DEFINITION, { storage: 'hash', vector: { type } })
      await provisionIndex({ redis, definition })
      const own = { redis: server.pool('search-users'), definition }
      const deps = { ...own, readIndex: cacheIndexReading(own) }
      const check = createRecordCheck(definition)
      let taken = 0
      await fc.assert(
        fc.asyncProperty(scaled(powers), async (vector) => {
          const user = { id: '1', vector_embedding: vector }
          fc.pre('record' in check(Buffer.from(JSON.stringify(user))))
          taken++
          await writeUsers(server.pool('import-users'), definition, [user])
          const { results } = await searchUsers(deps, { vector, k: 1, includeVector: false })
          expect(Math.abs(results[0]?.distance ?? Number.NaN)).toBeLessThan(distance)
        }),
        { numRuns: 400 },
      )
      expect(taken).toBeGreaterThan(100)
    },
  )
})
