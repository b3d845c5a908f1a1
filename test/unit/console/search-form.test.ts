import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type FieldInfo, filterOf, linesToText, textToLines } from '../../../console/search/filter-builder.ts'
import { asCurl } from '../../../console/search/request-text.ts'
import { formOf, idsOf, queryOf, requestOf } from '../../../console/search/search-form.ts'
import { compileFilter } from '../../../lib/search/filter.ts'
import { searchRequestSchema } from '../../../lib/search/search-request.ts'
import { everyType } from '../../support/definitions.ts'

const fields: readonly FieldInfo[] = everyType.fields
const fieldOf = (type: FieldInfo['type']): FieldInfo => {
  const field = fields.find((one) => one.type === type && one.filterable)
  if (field === undefined) throw new Error(`Expected a field of the type ${type}`)
  return field
}
const lineOf = (type: FieldInfo['type'], operator: string, value: string) => ({
  field: fieldOf(type).alias,
  operator,
  value,
})
const tagValues = ['kids', 'road'].join(fieldOf('TAG').separator)

describe('the filter builder', () => {
  it.each([
    ['TEXT', '$text', ' mountain bike ', { $text: 'mountain bike' }],
    ['TAG', '$in', tagValues, { $in: ['kids', 'road'] }],
    ['TAG', '$nin', tagValues, { $nin: ['kids', 'road'] }],
    ['NUMERIC', '$gte', '1.5', { $gte: 1.5 }],
    ['GEO', '$near', '52.5, 13.4, 10', { $near: { lat: 52.5, lon: 13.4, km: 10 } }],
    ['BOOLEAN', '$eq', 'true', { $eq: true }],
  ] as const)('makes a condition on %s that the API takes', (type, operator, value, condition) => {
    const filter = filterOf({ conditions: [lineOf(type, operator, value)], isAny: false }, fields)
    expect(filter).toEqual({ [fieldOf(type).alias]: condition })
    expect(() => compileFilter(everyType, filter)).not.toThrow()
  })

  it('joins several conditions by all or by any', () => {
    const conditions = [lineOf('TEXT', '$text', 'bike'), lineOf('NUMERIC', '$lt', '3')]
    const parts = conditions.map((condition) => filterOf({ conditions: [condition], isAny: false }, fields))
    expect(filterOf({ conditions, isAny: false }, fields)).toEqual({ $and: parts })
    expect(filterOf({ conditions, isAny: true }, fields)).toEqual({ $or: parts })
  })

  it('leaves out an empty line and a field that the definition no longer has', () => {
    const gone = { field: 'gone', operator: '$eq', value: '1' }
    expect(
      filterOf({ conditions: [lineOf('TEXT', '$text', ' '), gone], isAny: false }, fields),
    ).toBeUndefined()
  })

  it('survives the address', () => {
    const lines = {
      conditions: [lineOf('TEXT', '$text', 'a & b "c"'), lineOf('NUMERIC', '$lt', '3')],
      isAny: true,
    }
    expect(textToLines(linesToText(lines), true)).toEqual(lines)
    for (const broken of ['', '{', '[1]', '[["a"]]', 'null'])
      expect(textToLines(broken, false).conditions).toEqual([])
  })
})

describe('the search form', () => {
  const schema = searchRequestSchema(everyType, 1000)
  const vector = Array.from({ length: everyType.vector.dimensions }, (_, i) => i + 1)

  it.each([
    ['a customer', { user: 'größe 1' }, { user: 'größe 1', k: 20 }],
    ['a group', { like: '1, 2\n3;2', unlike: '4', k: '5' }, { like: ['1', '2', '3'], unlike: ['4'], k: 5 }],
    [
      'the nearest of a group',
      { like: '1,2', strategy: 'best_score' },
      { like: ['1', '2'], strategy: 'best_score', k: 20 },
    ],
    ['a vector', { vector: `[${vector.join(', ')}]`, exact: 'true' }, { vector, k: 20, exact: true }],
    ['base64', { vector: 'AAAAPw==' }, { vector: 'AAAAPw==', k: 20 }],
  ])('of %s becomes a request that the API takes, and an address', (_, query, request) => {
    const form = formOf(query)
    expect(requestOf(form, fields)).toEqual(request)
    expect(v.safeParse(schema, request).issues).toBeUndefined()
    const again = Object.entries(queryOf(form)).filter(([, value]) => value !== '')
    expect(formOf(Object.fromEntries(again.map(([name, value]) => [name, String(value)])))).toEqual(form)
  })

  it('is no request while it names nothing', () => {
    for (const query of [{}, { like: ' , ' }, { vector: ' ' }])
      expect(requestOf(formOf(query), fields)).toBeUndefined()
  })

  it('reads ids as people paste them', () => {
    expect(idsOf('1, 2\n"3"\t4;\r\n1')).toEqual(['1', '2', '3', '4'])
  })

  it('is a command that a shell does not misread', () => {
    expect(asCurl('http://127.0.0.1:3000', { user: "o'hara $(rm)" })).toContain(
      `-d '{"user":"o'\\''hara $(rm)"}'`,
    )
  })
})
