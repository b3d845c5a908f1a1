import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import type { Command } from '../../../lib/redis/redis.ts'
import { parseExact } from '../../../lib/storage/exact-json.ts'
import { hashUserCodec } from '../../../lib/storage/hash-user.ts'
import type { User } from '../../../lib/storage/storage.ts'
import { storageOf } from '../../../lib/storage/storage-of.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'

const hash = defineIndex(INDEX_DEFINITION, {
  storage: 'hash',
  fields: [
    ...INDEX_DEFINITION.fields,
    { path: '$.labels', alias: 'tags', type: 'TAG', separator: '|' },
    { path: '$.profile.age', alias: 'age', type: 'NUMERIC' },
  ],
})

function userOf(text: string, definition = hash): User {
  const checked = createRecordCheck(definition)(Buffer.from(text))
  if ('record' in checked && !('deleted' in checked.record)) return checked.record
  throw new Error('Expected a record that is taken')
}

/** A command as one would type it. */
const typed = (command: Command) =>
  command
    .map((argument) => (typeof argument === 'string' ? argument : `0x${argument.toString('hex')}`))
    .join(' ')

const written = (text: string) => storageOf(hash).writeArgs('user:1', userOf(text)).map(typed)

describe('a user in a hash', () => {
  it('has its fields and the vector in their own fields, and all else as JSON; what it has not is deleted', () => {
    const text =
      '{"id":"1","labels":"kids","profile":{"age":41,"since":2020},"vector_embedding":[0.9,0.7,0.2],"crm":7}'
    expect(written(text)).toEqual([
      'HSET user:1 __rest {"id":"1","profile":{"since":2020},"crm":7} labels kids tags kids age 41 ' +
        'vector 0x6666663f3333333fcdcc4c3e',
      'HDEL user:1 descr __exact',
    ])
  })

  it('has beside them what a field does not say: a list, true, null, a number of 17 digits', () => {
    const text =
      '{"id":"1","descr":null,"labels":["a,b",null,"c"],"profile":{"age":9007199254740993},"vector_embedding":[1,0,0]}'
    expect(written(text)).toEqual([
      'HSET user:1 __rest {"id":"1","profile":{}} labels a,b,c tags a,b|c age 9007199254740992 ' +
        '__exact {"descr":null,"labels":["a,b",null,"c"],"tags":["a,b",null,"c"],"age":9007199254740993} ' +
        'vector 0x0000803f0000000000000000',
      'HDEL user:1 descr',
    ])
    expect(
      written('{"id":"1","descr":"","labels":true,"profile":{"age":-0},"vector_embedding":[1,0,0]}'),
    ).toEqual([
      'HSET user:1 __rest {"id":"1","profile":{}} descr  labels true tags true age 0 ' +
        '__exact {"labels":true,"tags":true,"age":-0} vector 0x0000803f0000000000000000',
    ])
  })

  it('comes out as it went in, whatever it is', () => {
    const { encode, decode } = hashUserCodec(hash)
    const json = fc.jsonValue({ maxDepth: 3 })
    const labels = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.array(fc.string()))
    const age = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger())
    const component = fc.float({ noNaN: true, min: 0.25, max: 1 })
    const record = fc.record(
      {
        descr: fc.string(),
        labels,
        profile: fc.oneof(json, fc.record({ age, other: json })),
        __proto__: json,
        other: json,
      },
      { requiredKeys: [] },
    )
    const vector = fc.array(component, { minLength: 3, maxLength: 3 })
    fc.assert(
      fc.property(record, vector, (members, vector_embedding) => {
        const text = JSON.stringify({ id: '1', ...members, vector_embedding })
        const checked = createRecordCheck(hash)(Buffer.from(text))
        fc.pre('record' in checked && !('deleted' in checked.record))
        const stored = [...encode(userOf(text))].map(([name, value]) => [name, Buffer.from(value)] as const)
        const decoded = JSON.parse(JSON.stringify(decode(new Map(stored))))
        expect(decoded).toEqual({
          ...JSON.parse(text),
          vector_embedding: decoded.vector_embedding,
        })
        expect(decoded.vector_embedding.map(Math.fround)).toEqual(vector_embedding)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a user in a JSON document', () => {
  it('is the record, byte for byte', () => {
    const json = defineIndex(INDEX_DEFINITION)
    const text = '{ "id":1,"crm":9007199254740993,"vector_embedding":[9e-1,0.7,0.2]}'
    const [command, ...others] = storageOf(json).writeArgs('user:1', userOf(text, json))
    expect(command?.map(String)).toEqual(['JSON.SET', 'user:1', '$', text])
    expect(others).toEqual([])
  })
})

describe('exact JSON', () => {
  it.each([
    '9007199254740993',
    '-9223372036854775808',
    '18446744073709551615',
    '[-0,0,1.5,1e21]',
    '{"a":{"b":123456789012345678901234567890}}',
  ])('%s is written again as it was', (text) => {
    expect(JSON.stringify(parseExact(text))).toBe(text)
  })
})

describe('a record with a fraction, as a JSON document', () => {
  const json = defineIndex(INDEX_DEFINITION)
  const write = (text: string) => String(storageOf(json).writeArgs('user:1', userOf(text, json))[0]?.[3])
  const vector = '"vector_embedding":[9e-1,0.7, 0.20000]'

  it('has its vector byte for byte', () => {
    expect(write(`{ "id":1,${vector}, "price":19.99 }`)).toBe(`{"id":1,${vector},"price":19.99}`)
    expect(write(`{"vector_embedding" : [1,2,3],"price":0.5,"id":1}`)).toBe(
      '{"vector_embedding":[1,2,3],"price":0.5,"id":1}',
    )
  })

  it.each([
    `{"id":1,"descr":"\\"vector_embedding\\":[]","price":0.5,${vector}}`,
    `{"id":1,"x":{"vector_embedding":[]},"price":0.5,${vector}}`,
    `{"id":1,"x":"vector_embedding","price":0.5,${vector}}`,
    `{"id":1,"price":0.5,"vector\\u005fembedding":[1,2,3]}`,
    `{"id":1,"x":{"vector\\u005fembedding":[]},"price":0.5,${vector}}`,
    `{"id":1,"price":0.5,"vector_embedding":[1,2,3],"vector_embedding":[3,2,1]}`,
    `{"id":1,"__proto__":{"price":0.5},"big":12345678901234567890,"zero":-0.0,${vector}}`,
  ])('says the same as %s', (text) => {
    expect(JSON.parse(write(text))).toEqual(JSON.parse(text))
    expect(write(text)).toContain(text.includes('big') ? '12345678901234567890' : '0.5')
  })
})
