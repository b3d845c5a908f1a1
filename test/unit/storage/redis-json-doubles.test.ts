import { describe, expect, it } from 'vitest'
import { exactSum, exactText } from '../../../lib/storage/redis-json-doubles.ts'

describe('a double in the text of a JSON document', () => {
  it.each([0.1, 18.5, -2.25, 1e-7, 1e21, 123456.789])(
    'stays %s where RedisJSON reads that right',
    (double) => {
      expect(exactText(double)).toBe(String(double))
    },
  )

  it('has other digits where RedisJSON does not', () => {
    const text = exactText(190551.04809604594) ?? ''
    expect(text).not.toBe('190551.04809604594')
    expect(Number(text)).toBe(190551.04809604594)
    expect(exactText(-190551.04809604594)).toBe(`-${text}`)
  })

  it('is the sum of two where no text is read right', () => {
    expect(exactText(261620.50286473182)).toBeUndefined()
    const { first = '', second = '' } = exactSum(261620.50286473182) ?? {}
    expect(Number(first) + Number(second)).toBe(261620.50286473182)
  })
})
