import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asObject, valueAt } from '../../../lib/storage/json-path.ts'
import { isSameRecord } from '../../../lib/storage/same-document.ts'

const same = (stored: unknown, record: object, path = ['vector']) =>
  sameText(JSON.stringify(stored), ` ${JSON.stringify(record)}`, path)
/** The blank makes it another text, which has to be parsed. */
function sameText(stored: string, record: string, path = ['vector']): boolean {
  const value = asObject(JSON.parse(record))
  const components = valueAt(value, path)
  const vector = Float32Array.from(Array.isArray(components) ? components : [])
  return isSameRecord(stored, { document: Buffer.from(record), value, vector }, path, 'FLOAT32')
}

describe('a stored document says the same as a record', () => {
  it('when its vector is equal as float32, though not as double', () => {
    expect(same({ vector: [0.1, 4.141588e-34] }, { vector: [0.10000000001, 4.1415880000001e-34] })).toBe(true)
    expect(same({ vector: [0.1] }, { vector: [0.11] })).toBe(false)
    expect(sameText('{"vector":[0]}', '{"vector":[-0]}')).toBe(false)
    expect(same({ vector: [1, 2] }, { vector: [1] })).toBe(false)
  })

  it('when every other member is equal, in whatever order', () => {
    const record = { vector: [1], a: { b: [1.5, 'x', null, true, { c: [] }] }, n: 7 }
    expect(same({ n: 7, a: { b: [1.5, 'x', null, true, { c: [] }] }, vector: [1] }, record)).toBe(true)
  })

  it.each([
    [{ vector: [1] }, { vector: [1], a: 1 }],
    [{ vector: [1], a: 1 }, { vector: [1] }],
    [
      { vector: [1], a: 1 },
      { vector: [1], a: '1' },
    ],
    [
      { vector: [1], a: 0.1 },
      { vector: [1], a: 0.10000000001 },
    ],
    [
      { vector: [1], a: [1, 2] },
      { vector: [1], a: [2, 1] },
    ],
    [
      { vector: [1], a: [1] },
      { vector: [1], a: { 0: 1 } },
    ],
    [
      { vector: [1], a: null },
      { vector: [1], a: {} },
    ],
    [
      { vector: [1], toString: 1 },
      { vector: [1], valueOf: 1 },
    ],
    [{ vector: null }, { vector: [1] }],
    [null, { vector: [1] }],
    ['text', { vector: [1] }],
  ])('but %j does not say the same as %j', (stored, record) => {
    expect(same(stored, record)).toBe(false)
  })

  it('when its whole numbers have the same digits, up to 64 bits', () => {
    const whole = (digits: string) => ` {"a":{"crm":[${digits}]},"vector":[1,-0,1e21]}`
    expect(sameText(whole('9007199254740993'), whole('9007199254740993 '))).toBe(true)
    expect(sameText(whole('9007199254740993'), whole('9007199254740992'))).toBe(false)
    expect(sameText(whole('18446744073709551615'), whole('18446744073709551614'))).toBe(false)
    expect(sameText(whole('-9223372036854775808'), whole('-9223372036854775808 '))).toBe(true)
  })

  it('when its other numbers are the same double', () => {
    const one = (number: string) => ` {"n":${number},"big":18446744073709551615,"vector":[1]}`
    expect(sameText(one('1e21'), one('1000000000000000000000'))).toBe(true)
    expect(sameText(one('-0.0'), one('-0'))).toBe(true)
    expect(sameText(one('0'), one('-0'))).toBe(false)
    expect(sameText(one('0.1'), one('0.1000000000000000055'))).toBe(true)
    expect(sameText(one('0.1'), one('0.10000000000000002'))).toBe(false)
    expect(sameText(one('null'), one('1'))).toBe(false)
  })

  it('with the vector deeper in the document', () => {
    expect(same({ a: { v: [0.1], x: 1 } }, { a: { v: [0.10000000001], x: 1 } }, ['a', 'v'])).toBe(true)
    expect(same({ a: { v: [0.1], x: 1 } }, { a: { v: [0.10000000001], x: 2 } }, ['a', 'v'])).toBe(false)
  })

  it('whatever it is, when it is that record', () => {
    const value = fc.jsonValue({ maxDepth: 2 })
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), value),
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })),
        (members, vector) => {
          const text = JSON.stringify({ ...members, vector })
          expect(sameText(text, ` ${text}`)).toBe(true)
        },
      ),
    )
  })
})
