import { describe, expect, it } from 'vitest'
import { textTerms } from '../../../lib/fields/text-terms.ts'

describe('the words of a text', () => {
  it.each([
    ['road bikes', [['road'], ['bikes']]],
    ["Kid's ROAD-bike", [['kid'], ['s'], ['road'], ['bike']]],
    ['the road and the bike', [['road'], ['bike']]],
    ['snake_case', [['snake_case']]],
    ['one\ntwo\u2028three\\four', [['one'], ['two'], ['three'], ['four']]],
    ['road road', [['road']]],
    ['', []],
    ['The, and: of!', []],
  ])('%j are %j', (text, words) => {
    expect(textTerms(text)).toEqual(words)
  })

  it('beyond ASCII are looked for in each spelling that a document may have', () => {
    expect(textTerms('äpfel')).toEqual([['äpfel', 'Äpfel']])
    expect(textTerms('MÜLLER')).toEqual([['mÜller', 'müller']])
  })
})
