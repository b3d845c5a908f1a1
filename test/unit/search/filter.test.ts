import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { MATCH_ALL_TERM } from '../../../lib/redis/commands/ft-search.ts'
import { compileFilter } from '../../../lib/search/filter.ts'
import { INJECTIONS } from '../../support/injections.ts'
import { randomDefinition, randomFilter } from '../../support/oracle/world.ts'
import { seeded } from '../../support/random.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [
    ...INDEX_DEFINITION.fields,
    { path: '$.age', alias: 'age', type: 'NUMERIC' },
    { path: '$.address.position', alias: 'place', type: 'GEO' },
  ],
})
const compile = (filter: unknown) => compileFilter(definition, filter)

describe('a filter', () => {
  it.each([
    [{ labels: 'road' }, '@labels:{$p0}', ['road']],
    [{ labels: ' road ' }, '@labels:{$p0}', ['road']],
    [{ labels: { $eq: 'road' } }, '@labels:{$p0}', ['road']],
    [{ labels: '\\}' }, '@labels:{$p0}', ['\\\\}']],
    [{ labels: { $in: ['kids', 'road'] } }, '@labels:{$p0 | $p1}', ['kids', 'road']],
    [{ labels: { $ne: 'road' } }, '(-@labels:{$p0})', ['road']],
    [{ labels: { $nin: ['kids', 'road'] } }, '(-@labels:{$p0 | $p1})', ['kids', 'road']],
    [{ age: 21 }, '@age:[$p0 $p0]', ['21']],
    [{ age: -9007199254740991 }, '@age:[$p0 $p0]', ['-9007199254740991']],
    [{ age: { $in: [1, 2.5] } }, '(@age:[$p0 $p0] | @age:[$p1 $p1])', ['1', '2.5']],
    [{ age: { $gt: 18, $lte: 65 } }, '(@age:[($p0 +inf] @age:[-inf $p1])', ['18', '65']],
    [{ age: { $gte: 18 } }, '@age:[$p0 +inf]', ['18']],
    [{ age: { $lt: 18 } }, '@age:[-inf ($p0]', ['18']],
    [{ descr: { $text: 'Road the' } }, '@descr:($p0 | $p0)', ['road']],
    [
      { descr: { $text: "kid's road" } },
      '(((@descr:($p0 | $p0) @descr:($p1 | $p1)) | @descr:($p2 | $p2)) @descr:($p3 | $p3))',
      ['kid', 's', "kid's", 'road'],
    ],
    [{ descr: { $text: 'äa' } }, '@descr:($p0 | $p0 | $p1 | $p1 | $p2 | $p2)', ['äa', 'a\u0308a', 'Äa']],
    [
      { place: { $near: { lon: 13.4, lat: 52.5, km: 10 } } },
      '@place:[$p0 $p1 $p2 km]',
      ['13.4', '52.5', '10'],
    ],
    [{ labels: 'road', age: 21 }, '(@labels:{$p0} @age:[$p1 $p1])', ['road', '21']],
    [{ $or: [{ labels: 'road' }, { age: 21 }] }, '(@labels:{$p0} | @age:[$p1 $p1])', ['road', '21']],
    [
      { $not: { $and: [{ labels: 'road' }, { age: 21 }] } },
      '(-(@labels:{$p0} @age:[$p1 $p1]))',
      ['road', '21'],
    ],
  ])('%j becomes %s', (filter, text, values) => {
    const compiled = compile(filter)
    expect(compiled.text).toBe(text)
    expect(Object.values(compiled.params)).toEqual(values)
  })

  it.each(INJECTIONS)('never lets a value become query text: %j', (value) => {
    const { text, params } = compile({ labels: value })
    expect(text).toBe('@labels:{$p0}')
    expect(Object.keys(params)).toEqual(['p0'])
  })

  it('contains only aliases, operators, names of parameters and the term that matches all, whatever its values', () => {
    const random = seeded(1)
    for (let i = 0; i < 1000; i++) {
      const any = randomDefinition(random)
      if (any.fields.length === 0) continue
      const { json } = randomFilter(random, any, 4)
      const { text } = compileFilter(any, json)
      const aliases = any.fields.map(({ alias }) => alias).join('|')
      expect(text.replace(` ${MATCH_ALL_TERM}`, '')).toMatch(
        new RegExp(`^((@(${aliases}):|\\$p\\d+|[+-]inf|km)(?![\\w$])|[-|(){}[\\] ])+$`),
      )
    }
  })

  it.each([
    [{}, 'FILTER_INVALID', 'filter'],
    [null, 'FILTER_INVALID', 'filter'],
    ['labels', 'FILTER_INVALID', 'filter'],
    [[], 'FILTER_INVALID', 'filter'],
    [{ $and: [] }, 'FILTER_INVALID', 'filter.$and'],
    [{ $or: [{}] }, 'FILTER_INVALID', 'filter.$or[0]'],
    [{ labels: { $in: [] } }, 'FILTER_INVALID', 'filter.labels.$in'],
    [{ labels: ['road'] }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: '' }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: ' \n' }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: 'kids,road' }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: 5 }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: '\ud800' }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: { $in: ['road', ''] } }, 'FILTER_INVALID', 'filter.labels.$in[1]'],
    [{ labels: { $gt: 'a' } }, 'FILTER_INVALID', 'filter.labels.$gt'],
    [{ labels: {} }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: 'a\0b' }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: 'x'.repeat(4097) }, 'FILTER_INVALID', 'filter.labels'],
    [{ labels: { toString: 'a' } }, 'FILTER_INVALID', 'filter.labels.toString'],
    [{ age: '21' }, 'FILTER_INVALID', 'filter.age'],
    [{ age: 2 ** 53 }, 'FILTER_INVALID', 'filter.age'],
    [{ age: { $in: [1, -(2 ** 53)] } }, 'FILTER_INVALID', 'filter.age.$in[1]'],
    [{ age: { $lt: 1e300 } }, 'FILTER_INVALID', 'filter.age.$lt'],
    [{ age: Number.NaN }, 'FILTER_INVALID', 'filter.age'],
    [{ descr: 'bikes' }, 'FILTER_INVALID', 'filter.descr'],
    [{ descr: { $text: 'the' } }, 'FILTER_INVALID', 'filter.descr.$text'],
    [{ descr: { $text: '' } }, 'FILTER_INVALID', 'filter.descr.$text'],
    [{ descr: { $text: 'a\0road' } }, 'FILTER_INVALID', 'filter.descr.$text'],
    [{ descr: { $text: '\ud800 road' } }, 'FILTER_INVALID', 'filter.descr.$text'],
    [{ place: 'Berlin' }, 'FILTER_INVALID', 'filter.place'],
    [{ place: { $near: [13.4, 52.5] } }, 'FILTER_INVALID', 'filter.place.$near'],
    [{ place: { $near: { lon: 13.4, lat: 52.5 } } }, 'FILTER_INVALID', 'filter.place.$near.km'],
    [{ place: { $near: { lon: 13.4, lat: 90, km: 1 } } }, 'FILTER_INVALID', 'filter.place.$near.lat'],
    [{ place: { $near: { lon: 13.4, lat: 52.5, km: 1001 } } }, 'FILTER_INVALID', 'filter.place.$near.km'],
    [{ place: { $near: { lon: 1, lat: 1, km: 1, m: 1 } } }, 'FILTER_INVALID', 'filter.place.$near.m'],
    [{ lables: 'road' }, 'FIELD_UNKNOWN', 'filter.lables'],
    [{ vector: 1 }, 'FIELD_UNKNOWN', 'filter.vector'],
  ])('%j is refused, with the place', (filter, code, path) => {
    expect(() => compile(filter)).toThrow(
      expect.objectContaining({ code, problems: [expect.objectContaining({ path })] }),
    )
  })

  it.each([
    ['lables', 'labels'],
    ['Labels', 'labels'],
    ['$.labels', 'labels'],
    ['address.position', 'place'],
  ])('on %s asks whether %s was meant', (name, alias) => {
    expect(() => compile({ [name]: 'x' })).toThrow(`did you mean ${alias}?`)
  })

  it('does not guess where nothing is near', () => {
    expect(() => compile({ city: 'x' })).not.toThrow('did you mean')
  })

  it('has at most 8 levels and 256 values', () => {
    let deep: object = { labels: 'road' }
    for (let i = 0; i < 8; i++) deep = { $not: deep }
    expect(() => compile(deep)).toThrow('at most 8 levels')
    const tags = Array.from({ length: 257 }, (_, i) => `t${i}`)
    expect(() => compile({ labels: { $in: tags } })).toThrow('at most 256 values')
    expect(() => compile({ labels: { $in: tags.slice(1) } })).not.toThrow()
  })
})
