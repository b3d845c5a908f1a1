import { describe, expect, it } from 'vitest'
import { defineIndex, definitionHash, indexName } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'

describe('an index definition', () => {
  const separated = (separator: string) => ({
    fields: [{ path: '$.labels', alias: 'labels', type: 'TAG', separator }],
  })

  it('gives the defaults that the constant leaves out', () => {
    const defaults = { separator: ',', sortable: false, returned: true, filterable: true }
    expect(defineIndex(INDEX_DEFINITION).fields).toEqual([
      { path: '$.descr', alias: 'descr', type: 'TEXT', ...defaults },
      { path: '$.labels', alias: 'labels', type: 'TAG', ...defaults },
    ])
  })

  it.each([
    [{}, { returned: true, filterable: true }],
    [{ returned: false }, { returned: false, filterable: false }],
    [
      { returned: false, filterable: true },
      { returned: false, filterable: true },
    ],
    [{ filterable: false }, { returned: true, filterable: false }],
  ])('makes a field with %j one with %j', (given, made) => {
    const fields = [{ path: '$.income', alias: 'income', type: 'NUMERIC', ...given }]
    expect(defineIndex(INDEX_DEFINITION, { fields }).fields[0]).toMatchObject(made)
  })

  it('takes a part of the same shape over it: objects merge, lists replace', () => {
    const fields = [{ path: '$.age', alias: 'age', type: 'NUMERIC' }]
    const definition = defineIndex(INDEX_DEFINITION, { vector: { dimensions: 384 }, fields })
    expect(definition.vector).toMatchObject({ dimensions: 384, metric: 'COSINE', path: '$.vector_embedding' })
    expect(definition.fields.map(({ alias }) => alias)).toEqual(['age'])
  })

  it.each(['AS', 'as', 'k'])('refuses the alias %s', (alias) => {
    const fields = [{ path: '$.x', alias, type: 'TAG' }]
    expect(() => defineIndex(INDEX_DEFINITION, { fields })).toThrow('Expected another alias')
    expect(() => defineIndex(INDEX_DEFINITION, { vector: { alias } })).toThrow('Expected another alias')
  })

  it.each([
    ['a misspelt member', { vector: { dimension: 384 } }, 'vector.dimension'],
    ['dimensions of 0', { vector: { dimensions: 0 } }, 'vector.dimensions'],
    [
      'a target of recall that only brute force reaches',
      { vector: { recallTarget: 1 } },
      'vector.recallTarget',
    ],
    ['an unknown metric', { vector: { metric: 'EUCLID' } }, 'vector.metric'],
    ['an unknown storage', { storage: 'string' }, 'storage'],
    ['an unknown type', { vector: { type: 'FLOAT8' } }, 'vector.type'],
    ['a prefix of our own keys', { prefix: 'lookalike:' }, 'prefix'],
    ['a prefix that holds our own keys', { prefix: 'l' }, 'prefix'],
    [
      'an alias that could be query text',
      { fields: [{ path: '$.a', alias: 'a}|@b', type: 'TAG' }] },
      'fields[0].alias',
    ],
    ['a separator of two bytes', separated('ü'), 'fields[0].separator: Expected one ASCII character'],
    ['a separator of two characters', separated(', '), 'fields[0].separator'],
    ['no separator', separated(''), 'fields[0].separator'],
    ['an alias of ours', { vector: { alias: '__distance' } }, 'vector.alias'],
    [
      'a path that is no path',
      { fields: [{ path: 'labels', alias: 'labels', type: 'TAG' }] },
      'fields[0].path',
    ],
    ['an alias twice', { vector: { alias: 'labels' } }, 'Expected every alias once'],
    ['what is no object', 'dimensions=384', 'definition'],
  ])('refuses %s by name', (_, override, name) => {
    expect(() => defineIndex(INDEX_DEFINITION, override)).toThrow(name)
  })

  it('lists every problem at once', () => {
    const wrong = () => defineIndex(INDEX_DEFINITION, { prefix: '', vector: { dimensions: -1, metric: 'X' } })
    expect(wrong).toThrow(/prefix[\s\S]*vector\.dimensions[\s\S]*vector\.metric/)
  })
})

describe('the hash of a definition', () => {
  const hashOf = (override: object) => definitionHash(defineIndex(INDEX_DEFINITION, override))

  it('names the index behind the alias', () => {
    expect(indexName(defineIndex(INDEX_DEFINITION))).toBe(`idx:user_prefs:v${hashOf({})}`)
    expect(hashOf({})).toMatch(/^[0-9a-f]{12}$/)
  })

  it.each([
    { vector: { dimensions: 4 } },
    { vector: { metric: 'L2' } },
    { vector: { m: 32 } },
    { vector: { algorithm: 'FLAT' } },
    { prefix: 'customer:' },
    { storage: 'hash' },
    { vector: { type: 'FLOAT16' } },
    { fields: [] },
  ])('differs when the index would: %j', (override) => {
    expect(hashOf(override)).not.toBe(hashOf({}))
  })

  it('is the same when only the answers differ, or what the algorithm does not use', () => {
    const privateFields = INDEX_DEFINITION.fields.map((field) => ({ ...field, returned: false }))
    expect(hashOf({ fields: privateFields })).toBe(hashOf({}))
    expect(hashOf({ name: 'idx:other' })).toBe(hashOf({}))
    expect(hashOf({ vector: { recallTarget: 0.95 } })).toBe(hashOf({}))
    expect(hashOf({ vector: { algorithm: 'FLAT', m: 8 } })).toBe(
      hashOf({ vector: { algorithm: 'FLAT', m: 99 } }),
    )
  })
})
