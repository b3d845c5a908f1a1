import { describe, expect, it } from 'vitest'
import { csvCell } from '../../../lib/audiences/formats/csv.ts'
import { hashOf } from '../../../lib/audiences/read-fields.ts'

describe('a cell of a CSV', () => {
  it.each([
    ['=1+1', "'=1+1"],
    ['+cmd|A1', "'+cmd|A1"],
    ['-2+3+cmd', "'-2+3+cmd"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\uff1d1+1', "'\uff1d1+1"],
    ['  =1', "'  =1"],
    ['\t=1', "'\t=1"],
    ['a\r\n=1', '"a\r\n=1"'],
    ['say "hi", you', '"say ""hi"", you"'],
    ['-5', '-5'],
    ['+49123', '+49123'],
    ['a=b', 'a=b'],
    [-5, '-5'],
    [true, 'true'],
    [null, ''],
    [['a', 'b'], '"[""a"",""b""]"'],
  ])('of %j is %j: RFC 4180, and no formula (CWE-1236)', (value, cell) => {
    expect(csvCell(value)).toBe(cell)
  })
})

describe('a hash', () => {
  it('is SHA-256 of the trimmed, lower-cased text', () => {
    // printf 'ann@example.org' | sha256sum
    const hash = '438c4c7afe600cdf1e455c369bec76dc970fc8ca463447c7b387a347f3c79331'
    expect(hashOf('  Ann@Example.ORG ')).toBe(hash)
    expect(hashOf(null)).toBeNull()
    expect(hashOf(['A', 'b'])).toEqual([hashOf('a'), hashOf('b')])
  })
})
