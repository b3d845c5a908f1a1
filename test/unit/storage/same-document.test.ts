import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSameDocument } from '../../../lib/storage/same-document.ts'

const same = (stored: unknown, record: unknown, path = ['vector']) =>
  isSameDocument(stored, record, path, 'FLOAT32')

describe('a stored document says the same as a record', () => {
  it('when its vector is equal as float32, though not as double', () => {
    expect(same({ vector: [0.1, 4.141588e-34] }, { vector: [0.10000000001, 4.1415880000001e-34] })).toBe(true)
    expect(same({ vector: [0.1] }, { vector: [0.11] })).toBe(false)
    expect(same({ vector: [0] }, { vector: [-0] })).toBe(false)
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
    [undefined, { vector: [1] }],
    ['text', { vector: [1] }],
  ])('but %j does not say the same as %j', (stored, record) => {
    expect(same(stored, record)).toBe(false)
  })

  it('but in doubt it does not: a whole number that a double may not hold exactly', () => {
    const text = '{"vector":[1],"crm":9007199254740993}'
    expect(same(JSON.parse(text), JSON.parse(text))).toBe(false)
    expect(same({ vector: [1], crm: 9007199254740991 }, { vector: [1], crm: 9007199254740991 })).toBe(true)
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
        fc.array(fc.float({ noNaN: true })),
        (members, vector) => {
          const text = JSON.stringify({ ...members, vector })
          const isExact = !/\d{16}|e\+?\d{2}/.test(text)
          if (isExact) expect(same(JSON.parse(text), JSON.parse(text))).toBe(true)
        },
      ),
    )
  })
})
