import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { truncate, wrap } from '../../../dev/cli/layout.ts'
import { searchTable } from '../../../dev/cli/search-table.ts'
import { table } from '../../../dev/cli/table.ts'

const columns = [{ head: 'id' }, { head: 'descr', isText: true }]
const widthsOf = (text: string) => text.split('\n').map((line) => stringWidth(line))
const answer = (fields: Record<string, unknown>) => ({
  results: [{ id: '1', distance: 0.0339003205, similarity: 0.983, fields }],
  complete: true,
  warnings: [],
  method: { exact: true, efRuntime: null },
  index: { name: 'idx:user_prefs', state: 'ready' as const, percentIndexed: 100, ageMs: 0 },
  tookMs: 1,
})

describe('a table', () => {
  it('is as wide as what it holds', () => {
    expect(table(columns, [['1', 'kids']], 80)).toBe(
      ['┌────┬───────┐', '│ id │ descr │', '├────┼───────┤', '│ 1  │ kids  │', '└────┴───────┘'].join('\n'),
    )
  })

  it('is never wider than the line: texts are truncated, numbers are not', () => {
    const rows = [['123456', 'a text that is much too long for the line']]
    expect(table(columns, rows, 30).split('\n')[3]).toBe('│ 123456 │ a text that is m… │')
    expect(new Set(widthsOf(table(columns, rows, 30)))).toEqual(new Set([30]))
  })

  it.each([
    ['CJK', '東京の自転車'],
    ['emoji of several code points', '👩‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ 1️⃣'],
    ['emoji that are newer than 2019', '🫠🫶🏽🐦‍⬛'],
    ['combining marks', 'é̩ क्षि'],
    ['Hangul', '한국어'],
    ['a control character', 'a\u001bb\nc'],
  ])('has straight borders with %s', (_, text) => {
    const wide = table(
      columns,
      [
        ['1', text],
        ['2', 'kids'],
      ],
      80,
    )
    expect(new Set(widthsOf(wide)).size).toBe(1)
    const narrow = table(columns, [['1', text.repeat(9)]], 24)
    expect(Math.max(...widthsOf(narrow))).toBeLessThanOrEqual(24)
  })

  it('becomes a line for each value where columns would be too narrow', () => {
    const fields = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`field${i}`, 'x'.repeat(100)]))
    const text = searchTable(answer(fields), 80)
    expect(text).toMatch(/^id +1\ndistance +0\.0339003205\n/)
    expect(Math.max(...widthsOf(text))).toBe(80)
  })

  it('of a search fits 80 columns, whatever the users hold', () => {
    const text = searchTable(answer({ descr: '東京'.repeat(300), labels: ['a', '\u001b[2J'] }), 80)
    expect(Math.max(...widthsOf(text))).toBeLessThanOrEqual(80)
    expect(text).toContain('"a","\\u001b[2J"')
  })
})

describe('a line', () => {
  it('is truncated between characters that a person sees', () => {
    expect(truncate('👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦', 5)).toBe('👩‍👩‍👧‍👦👩‍👩‍👧‍👦…')
    expect(truncate('kids', 4)).toBe('kids')
  })

  it('is broken between words, and a word that is longer stays whole', () => {
    expect(wrap('one two three', { width: 9 })).toBe('one two\n  three')
    expect(wrap('see reports/users.ndjson', { width: 9, indent: '  ' })).toBe(
      '  see\n    reports/users.ndjson',
    )
  })
})
