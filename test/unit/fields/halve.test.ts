import { describe, expect, it } from 'vitest'
import { FIELD_TYPES } from '../../../lib/fields/field-types.ts'

const field = {
  ...{ path: '$.x', alias: 'x', separator: ',' },
  ...{ sortable: false, returned: true, filterable: true },
}
const { NUMERIC, TAG, BOOLEAN } = FIELD_TYPES

describe('a condition that about half of the users pass', () => {
  it('is the median of a number, or of the least in a list', () => {
    expect(NUMERIC.halve(field, [5, 1, 4, 2, 3, 6])).toEqual({ $lte: 4 })
    expect(NUMERIC.halve(field, [[0, 100], 50, [70, 60], undefined])).toEqual({ $lte: 50 })
    expect(NUMERIC.halve(field, [undefined, 'x', []])).toBeUndefined()
  })

  it('is the most frequent tags that do not pass 0.6 of the users together', () => {
    const users = ['a', 'a, b', ['a', 'c'], 'c', 'b', 'd', undefined, 'e', 'f', 'g']
    expect(TAG.halve(field, users)).toEqual({ $in: ['a', 'b', 'c', 'd'] })
  })

  it('leaves out a tag that nearly all users have, in capitals or not, and one that no filter can have', () => {
    expect(TAG.halve(field, ['X', 'x', 'x,y', 'X'])).toEqual({ $in: ['y'] })
    expect(TAG.halve(field, ['', ' , ', 'x'.repeat(5_000), undefined])).toBeUndefined()
  })

  it('is true for a field of true and false', () => {
    expect(BOOLEAN.halve()).toBe(true)
  })
})
