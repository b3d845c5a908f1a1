import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeUnsafe, escapeUnsafeLines } from '../../../lib/lambda/visible.ts'

describe('text for a terminal', () => {
  it.each([
    ['a colour', '\u001b[31mred\u001b[0m', '\\u001b[31mred\\u001b[0m'],
    ['a title', '\u001b]0;owned\u0007', '\\u001b]0;owned\\u0007'],
    ['an escape sequence of one byte (C1)', '\u009b2J', '\\u009b2J'],
    ['line breaks and tabs', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
    ['backspaces and DEL', 'ab\b\u007f', 'ab\\u0008\\u007f'],
    ['marks that reorder a line', '\u202eevil\u2066', '\\u202eevil\\u2066'],
    ['separators and characters without a width', '\u2028\u200b\ufeff', '\\u2028\\u200b\\ufeff'],
    ['a lone surrogate', 'a\ud800b', 'a\\ud800b'],
  ])('shows %s', (_, text, shown) => {
    expect(escapeUnsafe(text)).toBe(shown)
  })

  it.each(['Zoë', '東京', '👩‍👩‍👧', '👍🏽', 'می‌خواهم', 'שלום', '🏴'])('leaves %s as it is', (text) => {
    expect(escapeUnsafe(text)).toBe(text)
  })

  it('keeps line breaks of our own, and JSON the JSON that it is', () => {
    expect(escapeUnsafeLines('a\n\u001bb')).toBe('a\n\\u001bb')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const value = [text, { [text]: '\u009b\u202e' }]
        const shown = escapeUnsafeLines(JSON.stringify(value, null, 2))
        expect(JSON.parse(shown)).toEqual(value)
        expect(shown.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
      }),
    )
  })
})
