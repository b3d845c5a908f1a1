import * as v from 'valibot'
import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { FIELD_TYPE_NAMES } from '../../../lib/fields/field-types.ts'
import { csvDocument } from '../../../lib/import/formats/csv-document.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { liveDefinition } from '../../../lib/index-state/live-definition.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { ftInfoArgs, parseFtInfo } from '../../../lib/redis/commands/ft-info.ts'
import { compileFilter } from '../../../lib/search/filter.ts'
import { filterSchema, similarUsersQuery } from '../../../lib/search/filter-schema.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { similarUsersRequest } from '../../../lib/search/similar-users.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'
import { FIELD_EXAMPLES } from '../../support/field-examples.ts'
import { useRedis } from '../../support/redis.ts'
import { writeUsers } from '../../support/write-users.ts'

const vector = [0.9, 0.7, 0.2]
const cases = (['json', 'hash'] as const).flatMap((storage) =>
  FIELD_TYPE_NAMES.flatMap((type) => [false, true].map((sortable) => ({ storage, type, sortable }))),
)

describe('a field of each type', () => {
  const server = useRedis({ others: [defineIndex(INDEX_DEFINITION, { storage: 'hash' })] })

  describe.each(cases)('$type in storage $storage, sortable $sortable', ({ storage, type, sortable }) => {
    const examples = FIELD_EXAMPLES[type]
    const definition = defineIndex(INDEX_DEFINITION, {
      storage,
      fields: [{ path: '$.shop.f', alias: 'f', type, sortable }],
    })
    const taken = examples.values.map((example, i) => ({ ...example, id: String(i) })).filter(isTaken)
    const records = taken.map(({ id, value }) => ({ id, shop: { f: value }, vector_embedding: vector }))

    function isTaken({ only = storage }: (typeof examples.values)[number]): boolean {
      return only === storage
    }

    async function search(filter?: unknown) {
      const deps = { redis: server.pool('search-users'), definition }
      const request = { vector, k: 100, includeVector: false, ...(filter !== undefined && { filter }) }
      return searchUsers({ ...deps, readIndex: cacheIndexReading(deps) }, request)
    }

    beforeAll(async () => {
      await server.pool().send(['FLUSHALL'])
      await provisionIndex({ redis: server.pool('provision-index'), definition })
      const outcome = await writeUsers(server.pool('import-users'), definition, records)
      expect(outcome).toMatchObject({ written: taken.length, searchable: taken.length, refused: [] })
    })

    it('is in the live index as it is defined', async () => {
      const redis = server.pool('provision-index')
      expect(await indexStatus({ redis, definition })).toMatchObject({
        state: 'ready',
        drift: [],
        failures: 0,
      })
      const info = parseFtInfo(await redis.send(ftInfoArgs(definition.name)))
      expect(liveDefinition(definition, info).fields).toEqual(definition.fields)
    })

    it('is answered as it was stored', async () => {
      const { results } = await search()
      const fields = Object.fromEntries(results.map(({ id, fields }) => [id, fields.f]))
      const expected = taken.map(({ id, value, answered = {} }) => [
        id,
        storage in answered ? answered[storage] : value,
      ])
      expect(fields).toEqual(Object.fromEntries(expected))
    })

    it('need not be written again', async () => {
      const { unchanged } = await writeUsers(server.pool('import-users'), definition, records)
      expect(unchanged).toBe(taken.length)
    })

    it.each(examples.filters)('is found by the filter $condition', async ({ condition, matches }) => {
      expect(v.is(filterSchema(definition), { f: condition })).toBe(true)
      const { results, complete } = await search({ f: condition })
      expect(results.map(({ id }) => id).toSorted()).toEqual(
        matches.map(String).filter((id) => taken.some((one) => one.id === id)),
      )
      expect(complete).toBe(true)
    })

    it('refuses filters that its type does not know, in code and in the schema alike', () => {
      for (const condition of examples.refusedFilters) {
        expect(() => compileFilter(definition, { f: condition }), JSON.stringify(condition)).toThrow(
          expect.objectContaining({ code: 'FILTER_INVALID' }),
        )
        expect(v.is(filterSchema(definition), { f: condition }), JSON.stringify(condition)).toBe(false)
      }
    })

    it('refuses values that RediSearch would not index', () => {
      const check = createRecordCheck(definition)
      const others = examples.values.filter((example) => !isTaken(example)).map(({ value }) => value)
      for (const value of [...examples.refused, ...others]) {
        const record = { id: '1', shop: { f: value }, vector_embedding: vector }
        expect(check(Buffer.from(JSON.stringify(record))), JSON.stringify(value)).toMatchObject({
          reject: { code: 'FIELD_TYPE', path: 'shop.f', message: expect.stringContaining(type) },
        })
      }
    })

    it('reads cells of a CSV file', () => {
      const document = csvDocument(['id', 'shop.f'], definition)
      for (const [cell, value] of Object.entries(examples.cells)) {
        expect(JSON.parse(document(['1', cell]))).toEqual({ id: '1', shop: { f: value } })
      }
    })

    it('is a parameter of GET /users/{id}/similar', () => {
      const { f } = similarUsersQuery(definition, 10)
      for (const [text, { described, condition }] of Object.entries(examples.parameters)) {
        expect(f !== undefined && v.is(f, described)).toBe(true)
        expect(similarUsersRequest(definition, '1', { f: text })).toEqual({
          user: '1',
          filter: { f: condition },
        })
      }
    })
  })
})
