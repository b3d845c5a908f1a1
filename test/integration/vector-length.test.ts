import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cacheIndexReading } from '../../lib/index/index-reading-cache.ts'
import { provisionIndex } from '../../lib/provision-index.ts'
import { searchUsers } from '../../lib/search-users.ts'
import { recordCheck } from '../../lib/users/user-record.ts'
import { bikeShop, store } from '../support/bike-shop.ts'
import { useRedis } from '../support/redis.ts'

describe('a vector that is taken under COSINE', () => {
  const server = useRedis()
  const component = fc.double({ noNaN: true, min: -1, max: 1 })
  const scaled = fc
    .tuple(fc.array(component, { minLength: 3, maxLength: 3 }), fc.integer({ min: -45, max: 38 }))
    .map(([direction, power]) => direction.map((part) => Math.fround(part * 3.4 * 10 ** power)))

  it('is at the distance 0 from itself, however long or short it is', async () => {
    const redis = server.pool()
    await provisionIndex({ redis, definition: bikeShop })
    const own = { redis: server.pool('search-users'), definition: bikeShop }
    const deps = { ...own, readIndex: cacheIndexReading(own) }
    const check = recordCheck(bikeShop)
    await fc.assert(
      fc.asyncProperty(scaled, async (vector) => {
        const user = { id: '1', vector_embedding: vector }
        fc.pre('record' in check(Buffer.from(JSON.stringify(user))))
        await store(redis, { 'user:1': user })
        const { results } = await searchUsers(deps, { vector, k: 1, includeVector: false })
        expect(results[0]?.distance).toBeCloseTo(0, 5)
      }),
      { numRuns: 1000 },
    )
  })
})
