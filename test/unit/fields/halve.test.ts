import { describe, expect, it } from 'vitest'
import { FIELD_TYPES } from '../../../lib/fields/field-types.ts'

const field = {
  ...{ path: '$.x', alias: 'x', separator: ',' },
  ...{ sortable: false, returned: true, filterable: true },
}

describe('a condition that about half of the users pass', () => {
  it('is the median of a number; users without one do not pass', () => {
    expect(FIELD_TYPES.NUMERIC.halve(field, [5, 1, 4, 2, 3, 6])).toEqual({
      condition: { $lte: 4 },
      share: 4 / 6,
    })
    expect(FIELD_TYPES.NUMERIC.halve(field, [1, undefined, undefined, null])?.share).toBe(0.25)
    expect(FIELD_TYPES.NUMERIC.halve(field, [undefined, 'x'])).toBeUndefined()
  })

  it('is the most frequent tags that do not pass 0.6 of the users together', () => {
    const users = ['a', 'a, b', ['a', 'c'], 'c', 'b', 'd', undefined, 'e', 'f', 'g']
    expect(FIELD_TYPES.TAG.halve(field, users)).toEqual({
      condition: { $in: ['a', 'b', 'c', 'd'] },
      share: 0.6,
    })
  })

  it('leaves out a tag that nearly all users have, and one that no filter can have', () => {
    expect(FIELD_TYPES.TAG.halve(field, ['x', 'x', 'x,y', 'x'])).toEqual({
      condition: { $in: ['y'] },
      share: 0.25,
    })
    expect(FIELD_TYPES.TAG.halve(field, ['', ' , ', 'x'.repeat(5_000), undefined])).toBeUndefined()
  })

  it('is true for a field of true and false', () => {
    expect(FIELD_TYPES.BOOLEAN.halve(field, [true, false, true, undefined])).toEqual({
      condition: true,
      share: 0.5,
    })
  })
})
