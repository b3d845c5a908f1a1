import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { readIndex } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { findHalfFilter } from '../../../lib/recall/half-filter.ts'
import { ftSearchMatchesArgs, parseFtSearch } from '../../../lib/redis/commands/ft-search.ts'
import { useRedis } from '../../support/redis.ts'
import { writeUsers } from '../../support/write-users.ts'

const USERS = 40

describe.each(['json', 'hash'] as const)('the filter for a measurement, storage %s', (storage) => {
  const server = useRedis({ definition: defineIndex(INDEX_DEFINITION, { storage }) })

  async function passing(field: object, users: object): Promise<number | undefined> {
    const definition = defineIndex(INDEX_DEFINITION, {
      storage,
      fields: [{ path: '$.x', alias: 'x', ...field }],
    })
    const redis = server.pool()
    await redis.send(['FLUSHALL'])
    await provisionIndex({ redis, definition })
    const values = Object.values(users)
    const all = values.map((x, i) => ({ id: String(i), x, vector_embedding: [1, i + 1, 2] }))
    await writeUsers(redis, definition, all)
    const { info } = await readIndex({ redis, definition })
    const deps = { redis: server.pool('check-index'), definition, index: info?.name ?? '' }
    const filter = await findHalfFilter(
      deps,
      all.map(({ id }) => id),
      USERS,
    )
    if (filter === undefined) return undefined
    return parseFtSearch(await redis.send(ftSearchMatchesArgs(deps.index, filter))).total
  }
  const each = (value: (i: number) => unknown) => Array.from({ length: USERS }, (_, i) => value(i))

  it.each([
    ['a number', { type: 'NUMERIC' }, each((i) => i / 3), 21],
    [
      'tags, of which a user may have several',
      { type: 'TAG' },
      each((i) => (i % 4 === 0 ? 'kids, road' : `m${i}`)),
      24,
    ],
    ['true and false', { type: 'BOOLEAN' }, each((i) => i % 2 === 0), 20],
  ])('is passed by about half of the users: %s', async (_, field, users, expected) => {
    expect(await passing(field, users)).toBe(expected)
  })

  it.each([
    ['nearly all users have the same value', { type: 'TAG' }, each((i) => (i === 0 ? 'kids' : 'road'))],
    [
      'the values differ by their capitals alone',
      { type: 'TAG' },
      each((i) => (i % 2 === 0 ? 'kids' : 'Kids')),
    ],
    ['few users have true', { type: 'BOOLEAN' }, each((i) => i === 0)],
    ['the field is private', { type: 'NUMERIC', returned: false }, each((i) => i)],
    ['no type of a field divides users', { type: 'TEXT' }, each((i) => (i % 2 === 0 ? 'bike' : 'train'))],
  ])('is absent if %s', async (_, field, users) => {
    expect(await passing(field, users)).toBeUndefined()
  })
})
