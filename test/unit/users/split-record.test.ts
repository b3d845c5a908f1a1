import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { documentWriter } from '../../../lib/storage/json-document.ts'
import { recordSplitter } from '../../../lib/users/split-record.ts'
import { type CheckedRecord, createRecordCheck } from '../../../lib/users/user-record.ts'
import { toVector } from '../../../lib/vector.ts'
import { seeded, testSeed } from '../../support/random.ts'

const definition = defineIndex(INDEX_DEFINITION)
const split = recordSplitter(definition)
const splitText = (text: string) => split(Buffer.from(text))
const withNumbers = (...numbers: string[]) => `{"id":"1","vector_embedding":[${numbers.join(',')}]}`
const roundedTo32 = (numbers: Iterable<number>) => Array.from(numbers, Math.fround)

/** Numbers as files have them: of a double, of a float32, of few digits, with an exponent. */
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }).map(String),
  fc.float({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.double({ noNaN: true, min: -1, max: 1 }).map((one) => String(Number(one.toFixed(7)))),
  fc.double({ noNaN: true, min: -1, max: 1 }).map((one) => one.toExponential(5)),
  fc.double({ noNaN: true, min: -100, max: 100 }).map((one) => one.toFixed(18)),
)

describe('a record that is split', () => {
  it('has the numbers of JSON.parse, as far as the vector can hold them, and the rest', () => {
    let splits = 0
    const runs = 2_000
    fc.assert(
      fc.property(fc.tuple(number, number, number), fc.string(), (numbers, descr) => {
        const text = JSON.stringify({ id: '1', descr, vector_embedding: [] }).replace(
          /\[\]\}$/,
          `[${numbers.join(', ')}]}`,
        )
        const parts = splitText(text)
        if (parts === undefined) return
        splits++
        expect(roundedTo32(parts.components)).toEqual(roundedTo32(JSON.parse(text).vector_embedding))
        expect(parts.value).toEqual({ id: '1', descr, vector_embedding: [] })
      }),
      { numRuns: runs },
    )
    // Most of them: 1e30 has more digits than are read.
    expect(splits).toBeGreaterThan(runs / 2)
  })

  it.each(['FLOAT16', 'BFLOAT16', 'FLOAT32'])('gives the same %s as JSON.parse', (type) => {
    const other = defineIndex(INDEX_DEFINITION, { vector: { type, metric: 'L2' } })
    const check = createRecordCheck(other)
    const near = fc.double({ noNaN: true, min: 1e-9, max: 100 }).map(String)
    fc.assert(
      fc.property(fc.tuple(near, near, near), (numbers) => {
        const text = withNumbers(...numbers)
        const checked = check(Buffer.from(text))
        expect(checked).toHaveProperty('record.value.vector_embedding', [])
        const { vector_embedding } = JSON.parse(text)
        expect(checked).toHaveProperty('record.vector', toVector(vector_embedding, other.vector))
      }),
    )
  })

  it.each([
    ['one more', ['1', '2', '3', '4']],
    ['one less', ['1', '2']],
    ['none', []],
    ['leading zero', ['01', '2', '3']],
    ['no digit before the point', ['.5', '2', '3']],
    ['no digit after the point', ['1.', '2', '3']],
    ['no digit in the exponent', ['1e', '2', '3']],
    ['only a sign', ['-', '2', '3']],
    ['plus', ['+1', '2', '3']],
    ['two commas', ['1', '', '3']],
    ['other values', ['1', 'null', '3']],
    ['a list in the list', ['1', '[2]', '3']],
    ['a number beyond float32', ['1', '1e39', '3']],
    ['21 digits', ['1', '123456789012345678901', '3']],
    // 1 + 2^-24 is the middle of two float32: the last of its digits decides.
    ['the middle of two float32', ['1', '1.000000059604644775390625', '3']],
    ['nearly the middle', ['1', '1.0000000596046448', '3']],
  ])('is left to JSON.parse if it has %s', (_, numbers) => {
    expect(splitText(withNumbers(...numbers))).toBeUndefined()
  })

  it.each([
    [
      'in a text that ends before it',
      '{"id":"\\\\","x\\"vector_embedding":[1,2,3],"vector_embedding":[4,5,6]}',
    ],
    ['in another object', '{"id":"1","a":{"vector_embedding":[1,2,3]},"vector_embedding":[4,5,6]}'],
    ['twice', '{"id":"1","vector_embedding":[1,2,3],"vector_embedding":[4,5,6]}'],
    [
      'twice, once in other characters',
      '{"id":"1","vector_embedding":[1,2,3],"vector\\u005fembedding":[4,5,6]}',
    ],
    ['twice, then empty', '{"id":"1","vector_embedding":[1,2,3],"vector\\u005fembedding":[]}'],
    ['as a value', '{"id":"1","descr":"vector_embedding","labels":[],"vector_embedding":[4,5,6]}'],
    [
      'as a value before another list',
      '{"id":"1","labels":"vector_embedding","x":[1,2,3],"vector_embedding":[4,5,6]}',
    ],
    ['in a record that is cut', '{"id":"1","vector_embedding":[1,2,3]'],
    ['in bytes that are no JSON', '"a"vector_embedding":[1,2,3]}'],
  ])('is left to JSON.parse if the vector’s name is %s', (_, text) => {
    expect(splitText(text)).toBeUndefined()
  })

  it('is left to JSON.parse if it is no UTF-8', () => {
    expect(split(Buffer.from('{"id":"\xff","vector_embedding":[1,2,3]}', 'latin1'))).toBeUndefined()
  })

  it('may have the vector’s name in a text', () => {
    const parts = splitText('{"id":"1","descr":"\\"vector_embedding\\":[1,2,3]","vector_embedding":[4,5,6]}')
    expect(Array.from(parts?.components ?? [])).toEqual([4, 5, 6])
  })

  it('may have its vector deeper, and blanks', () => {
    const deeper = recordSplitter(defineIndex(INDEX_DEFINITION, { vector: { path: '$.a.v' } }))
    const parts = deeper(Buffer.from('{"v":[9],"a":{"v" : [ 1, -0.5 , 2E-1 ]},"id":1}'))
    expect(parts).toBeUndefined()
    const found = deeper(Buffer.from('{"w":[9],"a":{"v" : [ 1, -0.5 , 2E-1 ]},"id":1}'))
    expect(found?.value).toEqual({ w: [9], a: { v: [] }, id: 1 })
    expect(Array.from(found?.components ?? [])).toEqual([1, -0.5, 0.2])
  })

  it.each([
    ['a vector of doubles', { vector: { type: 'FLOAT64' } }],
    [
      'a field that is the vector, too',
      { fields: [{ path: '$.vector_embedding', alias: 'n', type: 'NUMERIC' }] },
    ],
  ])('is no part of a definition with %s', (_, override) => {
    expect(
      recordSplitter(defineIndex(INDEX_DEFINITION, override))(Buffer.from(withNumbers('1', '2', '3'))),
    ).toBe(undefined)
  })
})

describe('records with damage', () => {
  const random = seeded(testSeed('SPLIT_SEED'))
  const whole = createRecordCheck({ ...definition, isDualWrite: true })
  const check = createRecordCheck(definition)
  const PIECES = [
    ...[
      '"',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\\',
      ' ',
      '\t',
      '\0',
      '-',
      '.',
      'e',
      '0',
      '9',
      '\xff',
      '"vector_embedding"',
      '[1,2,3]',
    ],
    ...[
      '"vector_embedding":[1,2,3],',
      '"vector\\u005fembedding":[],',
      '"a":{',
      '1e400',
      '"x\\"',
      '"id":"2",',
      '"deleted":true,',
    ],
  ]

  function damaged(): Buffer {
    const numbers = Array.from({ length: 3 }, () =>
      random.oneOf(['0.5', '-1.25e-3', '0.1234567', '17', '0', '0.19611500203609467']),
    )
    const members = [
      `"id":"1"`,
      `"labels":"kids"`,
      `"descr":"\\"x\\""`,
      `"vector_embedding":[${numbers.join(', ')}]`,
      `"n":[1]`,
    ]
    let text = `{${members.toSorted(() => random.between(-1, 1)).join(',')}}`
    for (let i = random.below(4); i > 0; i--) {
      const at = random.below(text.length)
      text = text.slice(0, at) + random.oneOf(PIECES) + text.slice(at + random.below(3))
    }
    return Buffer.from(text, 'latin1')
  }

  it('are taken or rejected as by JSON.parse', () => {
    let taken = 0
    for (let i = 0; i < 5_000; i++) {
      const bytes = damaged()
      const [checked, expected] = [check(bytes), whole(bytes)].map(comparable)
      expect(checked, bytes.toString('latin1')).toEqual(expected)
      if (checked !== undefined && 'record' in checked) taken++
    }
    expect(taken).toBeGreaterThan(1_000)
  })

  /** Only in the numbers of a vector's place may two values differ. */
  function comparable(checked: CheckedRecord): object {
    if ('reject' in checked || 'deleted' in checked.record) return { ...checked, value: undefined }
    const value = JSON.stringify({ ...checked.value, vector_embedding: [] })
    return { record: { ...checked.record, value: undefined }, value }
  }
})

describe('a record with a fraction and a text in which the vector’s name may hide', () => {
  it('is written with all its numbers', () => {
    const text = '{"id":"1","age":0.1,"descr":"\\n","vector_embedding":[0.25,0.5,0.75]}'
    const checked = createRecordCheck(definition)(Buffer.from(text))
    if ('reject' in checked || 'deleted' in checked.record) throw new Error('Expected a user')
    expect(checked.record.value).toHaveProperty('vector_embedding', [])
    const [command] = documentWriter(definition)('user:1', checked.record)
    expect(JSON.parse(String(command?.at(-1)))).toEqual(JSON.parse(text))
  })
})
