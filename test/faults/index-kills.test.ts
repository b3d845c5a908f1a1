import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { defineIndex, type IndexDefinition, indexName } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { ftCreateArgs } from '../../lib/redis/commands/ft-create.ts'
import { ftSearchKeysArgs, parseFtSearch } from '../../lib/redis/commands/ft-search.ts'
import { bikeShop, storeBikeShop } from '../support/bike-shop.ts'
import { useRedis } from '../support/redis.ts'

const child = fileURLToPath(new URL('../support/provision-child.ts', import.meta.url))
const changed = { vector: { metric: 'L2' } }
const l2 = defineIndex(INDEX_DEFINITION, changed)
const users = ['user:1', 'user:2', 'user:3', 'user:4']

describe('provisioning that is killed before each of its commands', () => {
  const server = useRedis()
  beforeEach(() => server.pool().send(['FLUSHALL']))

  /** What the process came to: `created`, `migrated`, or `killed`. */
  async function provisionInProcess(killedAt = 0, env = {}): Promise<string> {
    const args = [child, server.urlOf('provision-index'), JSON.stringify(changed), String(killedAt)]
    try {
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        env: { PATH: process.env.PATH, ...env },
      })
      return stdout.trim()
    } catch (error) {
      if (error instanceof Error && 'signal' in error && error.signal === 'SIGKILL') return 'killed'
      throw error
    }
  }

  const finish = (graceMs = 3_600_000) =>
    provisionIndex(
      { redis: server.pool('provision-index'), definition: l2 },
      { waitUntil: Date.now() + 20_000, graceMs },
    )

  const found = async () =>
    parseFtSearch(await server.pool().send(ftSearchKeysArgs(l2.name, users)), { content: false }).total

  async function begin(make: (definition: IndexDefinition) => Promise<unknown>): Promise<void> {
    await server.pool().send(['FLUSHALL'])
    await make(bikeShop)
    await storeBikeShop(server.pool())
  }

  it.each([
    ['from nothing', async () => {}, { searchable: false, indexes: [indexName(l2)] }],
    [
      'from another version, which stays',
      () => provisionIndex({ redis: server.pool('provision-index'), definition: bikeShop }),
      { searchable: true, indexes: [indexName(bikeShop), indexName(l2)] },
    ],
    [
      'from an index made by hand, which goes',
      (definition: IndexDefinition) => server.pool().send(ftCreateArgs(definition.name, definition)),
      { searchable: true, indexes: [indexName(l2)] },
    ],
  ])('is whole at the next run: %s', async (_, make, { searchable, indexes }) => {
    let kills = 0
    for (let killedAt = 1; ; killedAt++) {
      await begin(make)
      const outcome = await provisionInProcess(killedAt)
      // At whatever command it was killed: what could be found before can be found now.
      if (searchable) expect(await found()).toBe(4)
      if (outcome !== 'killed') break
      kills++
      // An index that is made anew is scanned behind the answer.
      await expect
        .poll(() => finish(), { timeout: 20_000 })
        .toMatchObject({
          state: 'ready',
          index: indexName(l2),
          documents: 4,
          migration: null,
        })
      expect(((await server.pool().send(['FT._LIST'])) as string[]).toSorted()).toEqual(indexes.toSorted())
      expect(await server.pool().send(['EXISTS', ...users])).toBe(4)
    }
    console.log(`killed ${kills} times`)
    expect(kills).toBeGreaterThan(5)
  })

  it('loses no index when the old one is dropped', async () => {
    for (let killedAt = 1; ; killedAt++) {
      await begin(() => provisionIndex({ redis: server.pool('provision-index'), definition: bikeShop }))
      await finish()
      const outcome = await provisionInProcess(killedAt, { GRACE_MS: '0' })
      expect(await found()).toBe(4)
      if (outcome !== 'killed') break
      expect(await finish(0)).toMatchObject({ state: 'ready', previous: null, documents: 4 })
      expect(await server.pool().send(['FT._LIST'])).toEqual([indexName(l2)])
    }
  })

  it('ends with one index and no error when twenty processes do it at once', async () => {
    await begin(() => provisionIndex({ redis: server.pool('provision-index'), definition: bikeShop }))
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => provisionInProcess()))
    expect(outcomes.filter((outcome) => outcome === 'migrated').length).toBe(1)
    expect(outcomes.filter((outcome) => outcome !== 'migrated' && outcome !== 'unchanged')).toEqual([])
    expect(await finish(0)).toMatchObject({ state: 'ready', documents: 4 })
    expect(await server.pool().send(['FT._LIST'])).toEqual([indexName(l2)])
  })
})
