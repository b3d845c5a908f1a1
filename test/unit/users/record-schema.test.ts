import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { recordSchema, storedRecordSchema } from '../../../lib/users/record-schema.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'
import { everyType } from '../../support/definitions.ts'

const components = v.array(v.number())
const one = fc.constantFrom<unknown>('road', 'a,b', '', '13.4,52.5', '13.4, 52.5', 7, 0.5, true, false, {})
const value = fc.oneof(one, fc.constant(null), fc.array(fc.oneof(one, fc.constant(null)), { maxLength: 2 }))
const member = { descr: value, labels: value, age: value, income: value, other: value }
const record = fc.record(
  { ...member, id: fc.constantFrom<unknown>('1', 1), address: fc.record({ position: value, city: value }) },
  { requiredKeys: ['id'] },
)

describe("the schema of a user's record", () => {
  it.each(['json', 'hash'] as const)('takes what the check of a record takes, with storage %s', (storage) => {
    const definition = defineIndex(everyType, { storage, prefix: `${storage}:` })
    const schema = recordSchema(definition, components)
    const check = createRecordCheck(definition)
    fc.assert(
      fc.property(record, (members) => {
        const written = { ...members, vector_embedding: [0.1, 0.9, 0.7] }
        expect(v.is(schema, written)).toBe('record' in check(Buffer.from(JSON.stringify(written))))
      }),
    )
  })

  it('asks for an element in a list of a sortable field', () => {
    const fields = everyType.fields.map((field) => ({ ...field, sortable: true }))
    const schema = recordSchema(defineIndex(everyType, { fields }), components)
    expect(v.is(schema, { labels: ['road'], vector_embedding: [1] })).toBe(true)
    expect(v.is(schema, { labels: [], vector_embedding: [1] })).toBe(false)
  })

  it('asks for the vector where its path leads, unless the record is stored already', () => {
    const nested = defineIndex(everyType, { vector: { path: '$.taste.vector' } })
    const required = recordSchema(nested, components)
    expect(v.is(required, { taste: { vector: [1] } })).toBe(true)
    expect(v.is(required, { taste: {} })).toBe(false)
    expect(v.is(required, {})).toBe(false)
    expect(v.is(storedRecordSchema(nested, components), { taste: {} })).toBe(true)
    expect(v.is(storedRecordSchema(nested, components), {})).toBe(true)
  })
})
