import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { bikeShop, store } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'

interface Taste {
  id: string
  vector_embedding: number[]
}

const file = readFileSync(new URL('../../data/two-tastes.ndjson', import.meta.url), 'utf8')
const users: Taste[] = file
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const seeds = ['mountain', 'road'].flatMap((taste) => [0, 1, 2, 3, 4].map((i) => `${taste}-${i}`))

describe('a search by seeds of two tastes', () => {
  const server = useRedis()
  beforeAll(async () => {
    await provisionIndex({ redis: server.pool(), definition: bikeShop })
    await store(server.pool(), Object.fromEntries(users.map((user) => [`user:${user.id}`, user])))
  })
  const search = (request: Partial<SearchRequest>) => {
    const deps = { redis: server.pool('search-users'), definition: bikeShop }
    const readIndex = cacheIndexReading(deps)
    return searchUsers({ ...deps, readIndex }, { k: 100, includeVector: false, like: seeds, ...request })
  }
  const tastesOf = (results: { id: string }[]) => [...new Set(results.map(({ id }) => id.split('-')[0]))]

  it('finds users of neither by their average, and warns', async () => {
    const { results, warnings, complete } = await search({})
    expect(tastesOf(results)).toEqual(['both'])
    expect(warnings).toEqual([
      expect.stringMatching(/of several kinds \(cosine 1\.00 .* 0\.7\d to their mean\)/),
    ])
    // To ask again would not mend it.
    expect(complete).toBe(true)
    expect((await search({ like: seeds.slice(0, 5) })).warnings).toEqual([])
  })

  it('finds users of either by best_score: those of plain code', async () => {
    const { results, warnings, complete } = await search({ strategy: 'best_score' })
    expect(tastesOf(results).toSorted()).toEqual(['mountain', 'road'])
    expect({ warnings, complete }).toEqual({ warnings: [], complete: true })
    const byPlainCode = users
      .filter(({ id }) => !seeds.includes(id))
      .map((user) => ({ id: user.id, distance: Math.min(...seeds.map((seed) => distanceTo(user, seed))) }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, 100)
    const last = byPlainCode.at(-1)?.distance ?? 0
    for (const { id, distance } of results) {
      const user = users.find((one) => one.id === id)
      expect(user && Math.min(...seeds.map((seed) => distanceTo(user, seed)))).toBeCloseTo(distance, 5)
      expect(distance).toBeLessThanOrEqual(last + 1e-6)
    }
  })

  it('leaves out users that are nearer to a member of unlike, and says when too few are left', async () => {
    const { results, complete } = await search({
      ...{ strategy: 'best_score', k: 50, like: ['both-0'], unlike: [[1, 0, 0.05]] },
    })
    expect(tastesOf(results)).toEqual(['both'])
    expect(complete).toBe(true)
    const few = await search({
      strategy: 'best_score',
      k: 20,
      like: ['mountain-0'],
      unlike: ['mountain-1', 'mountain-2'],
    })
    for (const { id, distance } of few.results) {
      const user = users.find((one) => one.id === id)
      expect(user && distanceTo(user, 'mountain-1')).toBeGreaterThanOrEqual(distance - 1e-6)
    }
    expect(few.complete).toBe(few.results.length === 20)
  })

  it('says that weights count only by average', async () => {
    const like = [
      { user: 'mountain-0', weight: 2 },
      { user: 'road-0', weight: 1 },
    ]
    expect((await search({ like, strategy: 'best_score' })).warnings).toEqual([
      'Weights count only with the strategy average',
    ])
  })
})

function distanceTo({ vector_embedding: one }: Taste, seed: string): number {
  const other = users.find(({ id }) => id === seed)?.vector_embedding ?? []
  const dot = one.reduce((sum, component, i) => sum + component * (other[i] ?? 0), 0)
  return 1 - dot / (Math.hypot(...one) * Math.hypot(...other))
}
