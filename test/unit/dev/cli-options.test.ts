import { describe, expect, it } from 'vitest'
import { asJson, asText, once } from '../../../dev/cli/command.ts'
import {
  parseCount,
  parseFilter,
  parseNames,
  parseNumber,
  parseSeeds,
  parseVector,
} from '../../../dev/cli/search-options.ts'

describe('an option of a search', () => {
  it.each<[string, unknown]>([
    ['0.9,0.7,0.2', [0.9, 0.7, 0.2]],
    ['-0.9, 7e-1,.2', [-0.9, 0.7, 0.2]],
    ['[0.9,0.7]', [0.9, 0.7]],
    ['1', [1]],
    ['ZmZmPzMzMz/NzEw+', 'ZmZmPzMzMz/NzEw+'],
  ])('takes the vector %s', (text, vector) => {
    expect(parseVector(text)).toEqual(vector)
  })

  it.each(['', '0.9,,0.2', '0.9,x', '-0.9,1e', '--k', 'NaN,1', '1,Infinity'])(
    'refuses the vector "%s"',
    (text) => {
      expect(() => parseVector(text)).toThrow(/^Expected numbers with commas, or base64 .* is not a number$/)
    },
  )

  it('takes seeds as ids, or as the JSON of the API, and adds those of several options', () => {
    expect(parseSeeds('1, 2')).toEqual(['1', '2'])
    expect(parseSeeds('["a,b",{"user":"3","weight":2}]', ['1'])).toEqual([
      '1',
      'a,b',
      { user: '3', weight: 2 },
    ])
    expect(() => parseSeeds('[1')).toThrow('Expected JSON')
  })

  it('says what it expects', () => {
    expect(() => parseSeeds('1,,2')).toThrow('Expected names with commas between them')
    expect(() => parseNames('')).toThrow('Expected names with commas between them')
    expect(() => parseNumber('')).toThrow('Expected a number')
    for (const text of ['', '0', '1.5', '-1', 'ten']) {
      expect(() => parseCount(text)).toThrow('Expected a whole number from 1')
    }
    expect(() => parseFilter('{')).toThrow('Expected JSON such as {"labels":"road"}')
    expect(() => asJson('{')).toThrow('Expected JSON')
    expect(() => once(asText)('b', 'a')).toThrow('Expected it once, got it twice')
  })
})
