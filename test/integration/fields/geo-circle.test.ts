import { beforeAll, describe, expect, it } from 'vitest'
import { isSearchedWhole } from '../../../lib/fields/geo-circle.ts'
import { asArray, asMap, asString } from '../../../lib/redis/reply.ts'
import { kilometres, type Place } from '../../support/oracle/places.ts'
import { seeded } from '../../support/random.ts'
import { useRedis } from '../../support/redis.ts'

describe('a circle on the map', () => {
  const server = useRedis()
  const random = seeded(1)
  /** Half of them beyond 60 degrees, where RediSearch leaves parts of circles out. */
  const places: readonly Place[] = Array.from({ length: 6_000 }, (_, i) => ({
    lon: random.between(-180, 180),
    lat: i % 2 === 0 ? random.between(-85, 85) : random.between(60, 85) * random.oneOf([1, -1]),
  }))

  beforeAll(async () => {
    const redis = server.pool()
    await redis.send(['FT.CREATE', 'i', 'ON', 'HASH', 'PREFIX', '1', 'p:', 'SCHEMA', 'at', 'GEO'])
    await Promise.all(
      places.map(({ lon, lat }, i) =>
        redis.send(['HSET', `p:${i}`, 'at', `${lon.toFixed(6)},${lat.toFixed(6)}`]),
      ),
    )
  })

  async function found({ lon, lat }: Place, km: number): Promise<Set<number>> {
    const command = ['FT.SEARCH', 'i', `@at:[${lon} ${lat} ${km} km]`, 'NOCONTENT', 'LIMIT', '0', '10000']
    const { results = null } = asMap(await server.pool().send(command))
    return new Set(asArray(results).map((row) => Number(asString(asMap(row).id ?? null).slice(2))))
  }

  it('that a filter may have is found whole, and others have parts that are left out', async () => {
    const wrong: string[] = []
    let isOtherLeftOut = false
    for (let i = 0; i < 600; i++) {
      const lat = i % 3 === 0 ? random.between(-85, 85) : random.between(78, 85) * random.oneOf([1, -1])
      const centre = { lon: random.between(-180, 180), lat }
      const km = 10 ** random.between(2.5, 3)
      const ids = await found(centre, km)
      // RediSearch rounds a place to half a metre.
      const isMissed = places.some((place, id) => kilometres(place, centre) < km - 0.01 && !ids.has(id))
      const isExtra = [...ids].some((id) => kilometres(places[id] ?? centre, centre) > km + 0.01)
      const isWhole = isSearchedWhole({ ...centre, km })
      if (isExtra || (isMissed && isWhole)) wrong.push(JSON.stringify({ ...centre, km }))
      isOtherLeftOut ||= isMissed && !isWhole
    }
    expect(wrong).toEqual([])
    expect(isOtherLeftOut).toBe(true)
  })
})
