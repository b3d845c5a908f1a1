import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { searchRequestSchema, similarUsersRequest } from '../../lib/search-request.ts'
import { returnedFields, similarity, toResults } from '../../lib/search-results.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [
    ...INDEX_DEFINITION.fields,
    { path: '$.age', alias: 'age', type: 'NUMERIC' },
    { path: '$.income', alias: 'income', type: 'NUMERIC', returned: false },
  ],
})
const schema = searchRequestSchema(definition, 1000)

describe('a search request', () => {
  it('has ten results and no vectors unless it says otherwise', () => {
    expect(v.parse(schema, { user: '1' })).toEqual({ user: '1', k: 10, includeVector: false })
  })

  it.each([
    [{}, 'exactly one of vector, user'],
    [{ user: '1', vector: [1] }, 'exactly one of vector, user'],
    [{ user: '' }, '1 to 256 bytes'],
    [{ user: '1', k: 0 }, 'from 1 to 1000'],
    [{ user: '1', k: 1001 }, 'from 1 to 1000'],
    [{ user: '1', k: 1.5 }, 'from 1 to 1000'],
    [{ user: '1', limit: 5 }, 'Expected one of vector, user, k, filter, fields, includeVector'],
    [{ user: '1', fields: ['income'] }, 'descr'],
    [{ vector: {} }, 'an array of numbers, or base64'],
  ])('%j is refused: %s', (request, message) => {
    const parsed = v.safeParse(schema, request)
    expect(parsed.issues?.map((issue) => issue.message).join()).toContain(message)
  })

  it('comes from a query string, too', () => {
    const query = { k: '5', labels: 'kids,road', age: '21', descr: 'bikes' }
    expect(similarUsersRequest(definition, '1', query)).toEqual({
      user: '1',
      k: 5,
      filter: { labels: { $in: ['kids', 'road'] }, age: 21, descr: { $text: 'bikes' } },
    })
  })

  it.each(['user', 'vector', 'filter', 'fields', 'includeVector', 'lables', 'toString'])(
    'in a query string has k and declared fields, and no %s',
    (name) => {
      expect(() => similarUsersRequest(definition, '1', { [name]: '2' })).toThrow(
        expect.objectContaining({
          code: 'REQUEST_INVALID',
          problems: [expect.objectContaining({ path: name })],
        }),
      )
    },
  )

  it('in a query string has a k that is a number', () => {
    expect(v.safeParse(schema, similarUsersRequest(definition, '1', { k: 'ten' })).success).toBe(false)
  })
})

describe('results', () => {
  const returned = returnedFields(definition, { includeVector: false })
  const row = (id: string, distance: string | null, values = {}) => ({
    key: `user:${id}`,
    values: { __distance: distance, ...values },
  })

  it('are ordered by distance, then by id', () => {
    const rows = [row('b', '0.5'), row('a', '0.5'), row('c', '0.1')]
    expect(toResults(definition, rows, returned).results.map(({ id }) => id)).toEqual(['c', 'a', 'b'])
  })

  it('leave out, and count, rows without a distance', () => {
    const rows = [row('a', '0.5'), row('b', '-nan'), row('c', 'nan'), { key: 'user:d', values: {} }]
    expect(toResults(definition, rows, returned)).toMatchObject({ results: [{ id: 'a' }], dropped: 3 })
  })

  it('give fields in their own types, and never a private one', () => {
    const values = { descr: 'x', labels: '["kids","road"]', age: '21' }
    expect(returned.map(({ alias }) => alias)).toEqual(['descr', 'labels', 'age'])
    expect(toResults(definition, [row('a', '0', values)], returned).results[0]?.fields).toEqual({
      descr: 'x',
      labels: ['kids', 'road'],
      age: 21,
    })
  })

  it('tell null from absent', () => {
    const { results } = toResults(definition, [row('a', '0', { labels: null })], returned)
    expect(results[0]?.fields).toEqual({ labels: null })
  })

  it('have the vector when it is asked for', () => {
    const columns = returnedFields(definition, { fields: [], includeVector: true })
    expect(columns).toEqual([{ path: '$.vector_embedding', alias: '__vector' }])
    const { results } = toResults(definition, [row('a', '0', { __vector: '[0.9,0.7,0.2]' })], columns)
    expect(results[0]?.vector).toEqual([0.9, 0.7, 0.2])
  })

  it.each([
    ['COSINE', 0, 1],
    ['COSINE', 2, 0],
    ['COSINE', -6e-8, 1],
    ['L2', 0, 1],
    ['L2', 3, 0.25],
    ['IP', -4, 5],
  ] as const)('under %s turn the distance %f into the similarity %f', (metric, distance, expected) => {
    expect(similarity(metric, distance)).toBeCloseTo(expected, 12)
  })
})
