import { describe, expect, it } from 'vitest'
import { indexedWords, textParts } from '../../../lib/fields/text-words.ts'

describe('the words that RediSearch indexes of a text', () => {
  it.each([
    ['road bikes', ['road', 'bikes']],
    ["Kid's ROAD-bike", ['Kid', 's', 'ROAD', 'bike']],
    ['the road and the bike', ['road', 'bike']],
    ['snake_case', ['snake_case']],
    ['one\ntwo three\r\nfour', ['onetwo', 'threefour']],
    ['one \n two', ['one', 'two']],
    ['one\u2028two\u00a0three', ['one\u2028two\u00a0three']],
    ['c:\\temp\\new file', ['c', 'tempnew', 'file']],
    ['road\\-bike', ['road-bike']],
    ['k\\ l\\,m', ['k l,m']],
    ['a1\\\\b2', ['a1\\b2']],
    ['', []],
    ['The, and: of!', []],
  ])('of %j are %j', (text, words) => {
    expect(indexedWords(text)).toEqual(words)
  })
})

describe("the parts of a filter's text", () => {
  it.each([
    ['road bikes', [[['road']], [['bikes']]]],
    ['the road', [[['road']]]],
    ['road road', [[['road']]]],
    ['road — bikes', [[['road']], [['bikes']]]],
    ['🚲', [[['🚲']]]],
    ['road-bike', [[['road', 'bike'], ['road-bike']]]],
    ['(road-bike)', [[['road', 'bike'], ['road-bike']]]],
    ['road\\-bike', [[['road', 'bike'], ['road-bike']]]],
    ['road\nbike', [[['road', 'bike'], ['roadbike']]]],
    ['road—bike', [[['road', 'bike'], ['road—bike']]]],
    ['c:\\temp', [[['c', 'temp'], ['c:temp']]]],
    ['be-at', []],
    ['\\+citi', [[['citi']]]],
    ['', []],
    ['The, and: of!', []],
  ])('of %j are %j', (text, parts) => {
    expect(textParts(text)).toEqual(parts)
  })

  it('take time that grows with the text alone', () => {
    const long = `x${' '.repeat(500_000)}${'\\ '.repeat(250_000)}${'-'.repeat(500_000)}x`
    expect(textParts(long).length).toBeGreaterThan(0)
  })
})
