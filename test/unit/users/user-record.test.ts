import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { recordCheck } from '../../../lib/users/user-record.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [
    ...INDEX_DEFINITION.fields,
    { path: '$.age', alias: 'age', type: 'NUMERIC' },
    { path: '$.address.position', alias: 'position', type: 'GEO' },
  ],
})
const check = recordCheck(definition)
const checkText = (text: string) => check(Buffer.from(text))
const user = (members: object) =>
  checkText(JSON.stringify({ id: '1', vector_embedding: [0.9, 0.7, 0.2], ...members }))
const rejection = (members: object) => {
  const checked = user(members)
  return 'reject' in checked ? checked.reject : undefined
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
    })
  })

  it('that says "deleted": true is a user to go, whatever else it has', () => {
    expect(checkText('{"id":"7","deleted":true}')).toEqual({ record: { id: '7', deleted: true } })
    expect(user({ deleted: true, labels: 5 })).toEqual({ record: { id: '1', deleted: true } })
    expect(checkText('{"deleted":true}')).toMatchObject({ reject: { code: 'ID_INVALID' } })
    expect(user({ deleted: 'true' })).toHaveProperty('record.document')
  })

  it('is named by its id, else by its user', () => {
    expect(user({ id: undefined, user: 'morti' })).toMatchObject({ record: { id: 'morti' } })
    expect(user({ id: 7, user: 'morti' })).toMatchObject({ record: { id: '7' } })
  })

  it.each([null, '', 1.5, true, {}, [], 2 ** 53, 'a\nb', 'x'.repeat(257), 'ü'.repeat(129)])(
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
    expect(checkText(text)).toMatchObject({ reject: { code, path: '' } })
  })

  it('that is not UTF-8 is rejected', () => {
    expect(check(Buffer.from([0x7b, 0xff, 0x7d]))).toMatchObject({ reject: { code: 'RECORD_NOT_UTF8' } })
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
    const checkSortable = recordCheck(defineIndex(INDEX_DEFINITION, { fields }))
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
