import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { placeOf } from '../../../lib/errors.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { searchBatchSchema, searchRequestSchema } from '../../../lib/search/search-request.ts'
import { columnsOf, similarity, toResults } from '../../../lib/search/search-results.ts'
import { queryVector, seedsOf, seedUsers } from '../../../lib/search/seeds.ts'
import { similarUsersRequest } from '../../../lib/search/similar-users.ts'

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
    [{}, 'exactly one of vector, user, like'],
    [{ user: '1', vector: [1] }, 'exactly one of vector, user, like'],
    [{ user: '1', like: ['2'] }, 'exactly one of vector, user, like'],
    [{ user: '1', unlike: ['2'] }, 'Expected like together with unlike'],
    [{ like: [] }, 'Expected 1 to 100 users or vectors'],
    [{ like: '1' }, 'Expected 1 to 100 users or vectors'],
    [{ like: Array.from({ length: 101 }, () => '1') }, 'Expected 1 to 100 users or vectors'],
    [{ like: [7] }, 'Expected the id of a user, an array of numbers, or'],
    [{ like: [{ user: '1', weight: 0 }] }, 'Expected a number above 0'],
    [{ like: [{ user: '1', vector: [1] }] }, 'Expected'],
    [{ user: '1', maxDistance: 'near' }, 'Expected a number'],
    [{ user: '1', exact: true, efRuntime: 10 }, 'Expected exact or efRuntime, not both'],
    [{ user: '1', efRuntime: 4097 }, 'from 1 to 4096'],
    [{ user: '1', includVector: true }, 'did you mean includeVector?'],
    [{ user: '1', fields: ['lables'] }, 'did you mean labels?'],
    [{ user: '1', fields: ['$.labels'] }, 'did you mean labels?'],
    [{ user: '' }, '1 to 256 bytes'],
    [{ user: '1', k: 0 }, 'from 1 to 1000'],
    [{ user: '1', k: 1001 }, 'from 1 to 1000'],
    [{ user: '1', k: 1.5 }, 'from 1 to 1000'],
    [{ user: '1', limit: 5 }, 'Expected one of vector, user, like, unlike, strategy, k, filter, maxDistance'],
    [{ user: '1', fields: ['income'] }, 'descr'],
    [{ vector: {} }, 'an array of numbers, or base64'],
  ])('%j is refused: %s', (request, message) => {
    const parsed = v.safeParse(schema, request)
    expect(parsed.issues?.map((issue) => issue.message).join()).toContain(message)
  })

  it('comes with up to nineteen others, and the place of what is wrong', () => {
    const batch = searchBatchSchema(schema)
    expect(v.parse(batch, { searches: [{ user: '1' }] }).searches).toHaveLength(1)
    const wrong = v.safeParse(batch, { searches: [{ user: '1' }, { user: '2', k: 0 }] })
    expect(wrong.issues?.map((issue) => placeOf(issue))).toEqual(['searches[1].k'])
    for (const searches of [[], Array.from({ length: 21 }, () => ({ user: '1' }))]) {
      expect(v.safeParse(batch, { searches }).success).toBe(false)
    }
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

describe('the query of a group', () => {
  const shape = { dimensions: 2, metric: 'L2', type: 'FLOAT32' } as const
  const cosine = { dimensions: 2, metric: 'COSINE', type: 'FLOAT32' } as const
  const stored = new Map([
    ['a', Float32Array.of(4, 0)],
    ['b', Float32Array.of(0, 2)],
  ])
  const query = (request: object, of: typeof shape | typeof cosine = shape) =>
    Array.from(queryVector(seedsOf(v.parse(schema, request), of), stored, of))

  it('is the mean of those it shall be like, twice, less the mean of the others', () => {
    expect(query({ like: ['a', 'b'] })).toEqual([2, 1])
    expect(query({ like: ['a', [2, 2]], unlike: ['b'] })).toEqual([6, 0])
    expect(query({ like: [{ user: 'a', weight: 3 }, 'b'] })).toEqual([3, 0.5])
    expect(query({ like: ['a', { vector: 'AAAAAAAAAEA=' }] })).toEqual([2, 1])
  })

  it('of one is that one, to the last bit', () => {
    expect(query({ like: ['a'] })).toEqual([4, 0])
    expect(query({ user: 'a' }, cosine)).toEqual([4, 0])
    expect(query({ vector: [0.25, 8] }, cosine)).toEqual([0.25, 8])
  })

  it('under COSINE counts directions, not lengths', () => {
    expect(query({ like: ['a', 'b'] }, cosine)).toEqual([0.5, 0.5])
  })

  it('knows which users it is made of', () => {
    expect(seedUsers(seedsOf(v.parse(schema, { like: ['a', [1, 1]], unlike: ['b'] }), shape))).toEqual([
      'a',
      'b',
    ])
  })

  it.each([
    [
      {
        like: [
          [1, 1],
          [-1, -1],
        ],
      },
      cosine,
      'VECTOR_ZERO',
      'like',
    ],
    [{ like: ['a', [1]] }, shape, 'VECTOR_DIMENSIONS', 'like[1]'],
    [{ like: ['a'], unlike: [{ vector: [1, 'x'] }] }, shape, 'VECTOR_NOT_FINITE', 'unlike[0].vector[1]'],
  ])('%j is refused, with the place', (request, of, code, path) => {
    expect(() => query(request, of)).toThrow(
      expect.objectContaining({ code, problems: [expect.objectContaining({ path })] }),
    )
  })
})

describe('results', () => {
  const columns = columnsOf(definition, { includeVector: false })
  const row = (id: string, distance: number, values = {}) => ({ key: `user:${id}`, distance, values })

  it('are ordered by distance, then by id', () => {
    const rows = [row('b', 0.5), row('a', 0.5), row('c', 0.1)]
    expect(toResults(definition, rows, columns).results.map(({ id }) => id)).toEqual(['c', 'a', 'b'])
  })

  it('leave out, and count, rows without a distance', () => {
    const rows = [row('a', 0.5), row('b', Number.NaN)]
    expect(toResults(definition, rows, columns)).toMatchObject({ results: [{ id: 'a' }], dropped: 1 })
  })

  it('give fields in their own types, and never a private one', () => {
    const values = { descr: 'x', labels: '["kids","road"]', age: '21' }
    expect(columns.returned.map(({ alias }) => alias)).toEqual(['descr', 'labels', 'age'])
    expect(toResults(definition, [row('a', 0, values)], columns).results[0]?.fields).toEqual({
      descr: 'x',
      labels: ['kids', 'road'],
      age: 21,
    })
  })

  it('tell null from absent', () => {
    const { results } = toResults(definition, [row('a', 0, { labels: null })], columns)
    expect(results[0]?.fields).toEqual({ labels: null })
  })

  it('have the vector when it is asked for', () => {
    const columns = columnsOf(definition, { fields: [], includeVector: true })
    expect(columns.returned).toEqual([{ path: '$.vector_embedding', alias: '__vector' }])
    const { results } = toResults(definition, [row('a', 0, { __vector: '[0.9,0.7,0.2]' })], columns)
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
