import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { findJsonFault } from '../../../lib/users/json-fault.ts'
import { createRecordCheck } from '../../../lib/users/user-record.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [
    ...INDEX_DEFINITION.fields,
    { path: '$.age', alias: 'age', type: 'NUMERIC' },
    { path: '$.address.position', alias: 'position', type: 'GEO' },
  ],
})
const check = createRecordCheck(definition)
const checkText = (text: string) => check(Buffer.from(text))
const user = (members: object) =>
  checkText(JSON.stringify({ id: '1', vector_embedding: [0.9, 0.7, 0.2], ...members }))
const rejection = (members: object) => {
  const checked = user(members)
  return 'reject' in checked ? checked.reject : undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('a record', () => {
  it('is taken as it came, byte for byte', () => {
    const bytes = Buffer.from(
      '{"id":1, "score":9007199254740993,"vector_embedding":[0.9,0.7,2e-1],"note":"ü"}',
    )
    expect(check(bytes)).toEqual({
      record: {
        id: '1',
        document: bytes,
        value: expect.any(Object),
        vector: Float32Array.of(0.9, 0.7, 0.2),
      },
      value: expect.any(Object),
    })
  })

  it('that says "deleted": true is a user to go, whatever else it has', () => {
    expect(checkText('{"id":"7","deleted":true}')).toMatchObject({ record: { id: '7', deleted: true } })
    expect(user({ deleted: true, labels: 5 })).toMatchObject({ record: { id: '1', deleted: true } })
    expect(checkText('{"deleted":true}')).toMatchObject({ reject: { code: 'ID_INVALID' } })
  })

  it.each([1, 0, 'true', 'false', '', [], {}])('that says "deleted": %j is rejected', (deleted) => {
    expect(rejection({ deleted })).toMatchObject({ id: '1', code: 'FIELD_TYPE', path: 'deleted' })
  })

  it.each([false, null])('that says "deleted": %j is a user', (deleted) => {
    expect(user({ deleted })).toHaveProperty('record.document')
  })

  it.each(['9007199254740993', '-9007199254740993', '12345678901234567890123'])(
    'has the id %s as it is written, although a double does not hold it',
    (digits) => {
      const text = `{"user":1,"vector_embedding":[1,2,3],"id":${digits}}`
      expect(checkText(text)).toMatchObject({ record: { id: digits } })
      expect(check(Buffer.from(text), digits)).toHaveProperty('record.document')
    },
  )

  it.each(['9007199254740993.0', '1e20', '1e400', '9'.repeat(257)])(
    'is rejected with the number %s',
    (id) => {
      expect(checkText(`{"id":${id},"vector_embedding":[1,2,3]}`)).toMatchObject({
        reject: { code: 'ID_INVALID', path: 'id' },
      })
    },
  )

  it('is named by its id, else by its user', () => {
    expect(user({ id: undefined, user: 'morti' })).toMatchObject({ record: { id: 'morti' } })
    expect(user({ id: 7, user: 'morti' })).toMatchObject({ record: { id: '7' } })
  })

  it.each([null, '', 1.5, true, {}, [], 'a\nb', 'x'.repeat(257), 'ü'.repeat(129)])(
    'is rejected with the id %j',
    (id) => {
      expect(rejection({ id })).toMatchObject({ code: 'ID_INVALID', path: 'id' })
    },
  )

  it.each([
    ['[1,2,3]', 'RECORD_NOT_OBJECT'],
    ['"text"', 'RECORD_NOT_OBJECT'],
    ['null', 'RECORD_NOT_OBJECT'],
    ['{"id":1', 'RECORD_NOT_JSON'],
    ['{"id":1}{"id":2}', 'RECORD_NOT_JSON'],
    ['{"id":NaN}', 'RECORD_NOT_JSON'],
    ['', 'RECORD_NOT_JSON'],
  ])('that is %j is rejected with %s', (text, code) => {
    expect(checkText(text)).toMatchObject({ reject: { code, message: expect.stringContaining('Expected') } })
  })

  it.each([
    ['NaN', '{"id":"u7","vector_embedding":[0.1,NaN,0.3]}', 'vector_embedding[1]', 35],
    ['-Infinity', '{"vector_embedding":[-Infinity,2,3],"a":{"id":"9"},"id":"u7"}', 'vector_embedding[0]', 21],
    ['Infinity', '{"é":{"b":[{},Infinity]},"user":"u7"}', 'é.b[1]', 15],
  ])('with %s, as Python writes it, is rejected with its place and its id', (token, text, path, byte) => {
    const message = `Expected JSON, which has only finite numbers and null, got ${token} at byte ${byte} of the record`
    expect(checkText(text)).toEqual({ reject: { id: 'u7', code: 'RECORD_NOT_JSON', path, message } })
  })

  it.each([
    ["{'id':'1'}", 'got another character at byte 1 of the record'],
    ['{"id":"1","a":undefined}', 'got another character at byte 14 of the record'],
    ['{"id":"1","a":[1,', 'got its end at byte 17 of the record'],
    ['{"id":"1"}{"id":"2"}', 'got another character at byte 10 of the record'],
    ['{"id":"1","a":"\\x"}', 'got another character at byte 15 of the record'],
    ['{"id":"1","a":01}', 'got another character at byte 15 of the record'],
    ['{"id":"1",}', 'got another character at byte 10 of the record'],
    ['', 'got its end at byte 0 of the record'],
  ])('%j is rejected with the place of its first fault', (text, message) => {
    expect(checkText(text)).toMatchObject({ reject: { message: `Expected JSON, ${message}` } })
  })

  it('that JSON.parse refuses has a place of its first fault', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '\\u00e',
      '1',
      '-',
      '.5',
      'e3',
      ' ',
      'nul',
      'true',
    )
    const texts = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(texts, (text) => {
        expect(findJsonFault(text) === undefined).toBe(isJson(text))
      }),
      { numRuns: 20_000 },
    )
  })

  it('that is not UTF-8 is rejected', () => {
    expect(check(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ reject: { code: 'RECORD_NOT_UTF8' } })
    const latin1 = Buffer.from('{"id":"u7","descr":"vélo"}', 'latin1')
    const message = 'Expected UTF-8, got bytes of another encoding (Latin-1?) from byte 21 of the record'
    expect(check(latin1)).toEqual({ reject: { id: 'u7', code: 'RECORD_NOT_UTF8', path: '', message } })
  })

  it.each([
    [undefined, 'VECTOR_FORMAT', 'vector_embedding'],
    [null, 'VECTOR_FORMAT', 'vector_embedding'],
    ['[1,2,3]', 'VECTOR_FORMAT', 'vector_embedding'],
    ['ZmZmPzMzMz/NzEw+', 'VECTOR_FORMAT', 'vector_embedding'],
    [{ 0: 1, length: 3 }, 'VECTOR_FORMAT', 'vector_embedding'],
    [[1, 2], 'VECTOR_DIMENSIONS', 'vector_embedding'],
    [[[1, 2, 3]], 'VECTOR_DIMENSIONS', 'vector_embedding'],
    [[1, null, 3], 'VECTOR_NOT_FINITE', 'vector_embedding[1]'],
    [[1, '2', 3], 'VECTOR_NOT_FINITE', 'vector_embedding[1]'],
    [[1, 1e39, 3], 'VECTOR_NOT_FINITE', 'vector_embedding[1]'],
    [[0, 0, 1e-46], 'VECTOR_ZERO', 'vector_embedding'],
  ])('with the vector %j is rejected with %s', (vector, code, path) => {
    expect(rejection({ vector_embedding: vector })).toMatchObject({ id: '1', code, path })
  })

  it.each([
    { descr: 5 },
    { descr: true },
    { descr: {} },
    { descr: ['a', 1] },
    { descr: [['a']] },
    { labels: 5 },
    { labels: [true] },
    { age: '21' },
    { age: true },
    { age: [1, null] },
    { address: { position: '200,2' } },
    { address: { position: 'Berlin' } },
    { address: { position: [13.4, 52.5] } },
    { address: { position: [] } },
  ])('with %j, which RediSearch would drop, is rejected', (members) => {
    expect(rejection(members)).toMatchObject({ id: '1', code: 'FIELD_TYPE' })
  })

  it('with an empty list in a sortable field, for which RediSearch would drop it, is rejected', () => {
    const fields = INDEX_DEFINITION.fields.map((field) => ({ ...field, sortable: true }))
    const checkSortable = createRecordCheck(defineIndex(INDEX_DEFINITION, { fields }))
    const withLabels = (labels: unknown) =>
      checkSortable(Buffer.from(JSON.stringify({ id: '1', vector_embedding: [1, 2, 3], labels })))
    expect(withLabels([])).toMatchObject({
      reject: {
        code: 'FIELD_TYPE',
        path: 'labels',
        message: 'Expected a list of at least one for SORTABLE TAG, got an array of 0',
      },
    })
    expect(withLabels([null])).toHaveProperty('record')
    expect(withLabels(null)).toHaveProperty('record')
  })

  it.each([
    { labels: 'zebra\0lion' },
    { labels: ['kids', '\0'] },
    { descr: 'hippo\0rhino' },
    { descr: ['\0'] },
    { labels: 'x'.repeat(4097) },
    { labels: `kids, ${'ü'.repeat(2049)} ` },
    { labels: ['kids', 'x'.repeat(4097)] },
  ])('with a text that RediSearch would index in part only is rejected: %#', (members) => {
    const path = Object.keys(members)[0]
    expect(rejection(members)).toMatchObject({ id: '1', code: 'FIELD_TYPE', path })
  })

  it.each([
    { labels: `${'x'.repeat(4096)},${' '.repeat(5000)}${'ü'.repeat(2048)} ` },
    { descr: 'x'.repeat(5000) },
    { other: '\0' },
    { descr: null },
    { descr: '' },
    { descr: ['a', null] },
    { labels: true },
    { labels: [] },
    { labels: ['kids', 'road'] },
    { age: null },
    { age: [1, 2] },
    { address: { position: '13.4,52.5' } },
    { address: 'none' },
    { extra: { anything: [1, 'a', null] } },
  ])('with %j is taken', (members) => {
    expect(rejection(members)).toBeUndefined()
  })

  it.each([
    ['a number beyond a double', '{"id":1,"vector_embedding":[1,2,3],"n":{"m":[1e400]}}', 'n.m[0]'],
    ['half of a surrogate pair', '{"id":1,"vector_embedding":[1,2,3],"s":"\\ud800"}', 's'],
    ['half of a surrogate pair in a name', '{"id":1,"vector_embedding":[1,2,3],"\\ud800":1}', ''],
    ['128 levels', `{"id":1,"vector_embedding":[1,2,3],"deep":${'['.repeat(127)}${']'.repeat(127)}}`, ''],
    [
      'a hundred thousand levels',
      `{"id":1,"vector_embedding":[1,2,3],"deep":${'['.repeat(1e5)}${']'.repeat(1e5)}}`,
      '',
    ],
  ])('with %s, which RedisJSON cannot hold, is rejected', (_, text, path) => {
    expect(checkText(text)).toMatchObject({ reject: { code: 'RECORD_UNSTORABLE', path } })
  })

  it('with a member called __proto__ is judged by its own members', () => {
    expect(checkText('{"__proto__":{"id":"9"},"vector_embedding":[1,2,3]}')).toMatchObject({
      reject: { code: 'ID_INVALID' },
    })
  })

  it('leaves nothing of itself in a reject', () => {
    const secret = 'canary-7361'
    const rejects = [
      rejection({ descr: { secret } }),
      rejection({ vector_embedding: secret }),
      rejection({ vector_embedding: [1, secret, 3] }),
      rejection({ id: [secret] }),
    ]
    expect(JSON.stringify([...rejects, checkText(`{"${secret}`)])).not.toContain(secret)
  })
})
