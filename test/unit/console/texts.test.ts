import { describe, expect, it } from 'vitest'
import { ApiError } from '../../../client/src/index.ts'
import { idsAsCsv, pastedIds } from '../../../console/audiences/audience-form.ts'
import { certificateWords, holdoutWords, seedWords } from '../../../console/audiences/audience-words.ts'
import { distinctPoints, similarityAt } from '../../../console/audiences/curve.ts'
import { importSentence, placeOf } from '../../../console/imports/import-words.ts'
import { adviceOn, InputError } from '../../../console/text/error-advice.ts'
import { ago, bytes, countOf, percent } from '../../../console/text/numbers.ts'
import { piecesOf, textOf } from '../../../console/text/safe-text.ts'

const digits = (text: string) => text.replaceAll(/[^\d]/g, '')

describe('numbers in words', () => {
  it('never round a share up to all', () => {
    expect(digits(percent(0.9999))).toBe('999')
    expect(digits(percent(0.29))).toBe('29')
    expect(digits(percent(1))).toBe('100')
  })

  it('have their noun', () => {
    expect(countOf(1, 'customer')).toBe('1 customer')
    expect(countOf(0, 'customer')).toBe('0 customers')
  })

  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1'],
    [25_300_000_000, '253'],
  ])('show %d bytes in their unit', (size, shown) => {
    expect(digits(bytes(size))).toBe(shown)
  })

  it('say how long ago a time is', () => {
    const now = Date.parse('2026-11-28T12:00:00Z')
    const format = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
    expect(ago('2026-11-28T11:55:00Z', now)).toBe(format.format(-5, 'minute'))
    expect(ago('2026-11-26T12:00:00Z', now)).toBe(format.format(-2, 'day'))
  })
})

describe('a stored text', () => {
  it('shows what would hide or reorder it', () => {
    expect(piecesOf('a\u202eb\u0007')).toEqual([
      { text: 'a', isEscape: false },
      { text: '\\u202e', isEscape: true },
      { text: 'b', isEscape: false },
      { text: '\\u0007', isEscape: true },
    ])
    expect(piecesOf('<b>שלום</b>')).toEqual([{ text: '<b>שלום</b>', isEscape: false }])
  })

  it.each([
    [undefined, ''],
    [null, ''],
    [['kids', 'road'], 'kids, road'],
    [{ a: 1 }, '{"a":1}'],
    [true, 'true'],
  ])('of %j is %j', (value, text) => {
    expect(textOf(value)).toBe(text)
  })
})

describe('an error', () => {
  it('of the API says what to do', () => {
    const body = {
      title: 'Redis cannot be reached',
      status: 503,
      code: 'REDIS_UNAVAILABLE',
      detail: 'No answer',
      errors: [],
    }
    const advice = adviceOn(new ApiError('GET /index', 503, body, null))
    expect(advice).toMatchObject({ title: body.title, detail: 'No answer' })
    expect(advice.action).toMatch(/Start Redis/)
  })

  it.each([401, 403])('with the status %d names the rights', (status) => {
    expect(adviceOn(new ApiError('GET /index', status, { message: 'Forbidden' }, null)).title).toMatch(
      /signed in/,
    )
  })

  it('of an input is a sentence about the input', () => {
    const advice = adviceOn(new InputError('No customer is as you describe.'))
    expect(advice).toMatchObject({
      title: 'No customer is as you describe.',
      action: 'Change it, and try again.',
    })
  })

  it('without an answer names the network', () => {
    expect(adviceOn(new TypeError('Failed to fetch')).action).toMatch(/network/)
  })
})

describe('the words of an audience', () => {
  const holdout = { seeds: 40, found: 30, expectedByChance: 2, lift: 15 }

  it('say how much better than chance it is', () => {
    expect(holdoutWords(holdout)).toMatch(/15 times better than chance/)
    expect(holdoutWords({ ...holdout, found: 2, lift: 1 })).toMatch(/no better than chance/)
    expect(holdoutWords({ ...holdout, found: 40, expectedByChance: 38, lift: 1.05 })).toMatch(
      /most of them anyway/,
    )
    expect(holdoutWords({ seeds: 0, found: 0, expectedByChance: 0, lift: null })).toMatch(/too few/)
  })

  it('say how many were missed at most', () => {
    expect(certificateWords({ sampled: 1400, missed: 0, missedAtMost: 10 })).toMatch(
      /None of them.*at most 10 customers/,
    )
    expect(certificateWords({ sampled: 1400, missed: 1, missedAtMost: 12 })).toMatch(
      /1 of them belongs.*is missing/,
    )
  })

  it('say why named customers could not be used', () => {
    const seeds = {
      given: 5,
      used: 2,
      missing: 2,
      unsearchable: 0,
      doubled: 1,
      unreadable: 0,
      scatter: 0.1,
      drewNobody: 0,
    }
    expect(seedWords(seeds)).toEqual([
      '2 of 5 named customers could be used (2 not known here, 1 named twice).',
      'They are much alike.',
    ])
  })

  it('leave out the head of a pasted column', () => {
    expect(pastedIds({ pasted: 'id\n1\n2' })).toEqual(['1', '2'])
    expect(idsAsCsv(['1', 'a"b', 'c,d'])).toBe('id\n1\n"a""b"\n"c,d"')
  })
})

describe('the curve of an audience', () => {
  const point = (users: number, similarity: number) => ({ percent: 0, users, similarity })
  const curve = [point(10, 0.9), point(10, 0.9), point(100, 0.6)]

  it('has the similarity between its points', () => {
    expect(similarityAt(curve, 5)).toBe(0.9)
    expect(similarityAt(curve, 55)).toBeCloseTo(0.75)
    expect(similarityAt(curve, 1_000)).toBe(0.6)
    expect(similarityAt([], 5)).toBeUndefined()
  })

  it('has each size once', () => {
    expect(distinctPoints(curve).map(({ users }) => users)).toEqual([10, 100])
  })
})

describe('the words of an import', () => {
  const report = {
    state: 'PARTIAL',
    dryRun: false,
    read: 5,
    written: 3,
    unchanged: 0,
    deleted: 0,
    rejected: 2,
  } as const

  it('say what became of the file', () => {
    expect(importSentence(report)).toBe('3 customers written, 2 records rejected.')
    expect(importSentence({ ...report, dryRun: true })).toBe(
      '3 records can be imported, and 2 records would be rejected.',
    )
    const again = { ...report, state: 'COMPLETED', written: 0, unchanged: 5, rejected: 0 } as const
    expect(importSentence(again)).toBe('All 5 records were stored already.')
  })

  it('count deletions, and say how far a failed import came', () => {
    const ended = { ...report, state: 'COMPLETED', read: 500, written: 0, rejected: 0 } as const
    expect(importSentence({ ...ended, deleted: 500 })).toBe('500 deletions made.')
    expect(importSentence({ ...ended, written: 3, deleted: 1 })).toBe('3 customers written, 1 deletion made.')
    expect(importSentence({ ...ended, state: 'FAILED', read: 0 })).toMatch(/^Nothing of the file/)
    expect(importSentence({ ...ended, state: 'FAILED' })).toMatch(
      /failed after 500 records. What was written/,
    )
    expect(importSentence({ ...ended, state: 'FAILED', dryRun: true })).toBe(
      'The check failed after 500 records.',
    )
  })

  it('name the place in the file', () => {
    expect(placeOf({ line: 4, byteOffset: 70 })).toBe('line 4')
    expect(placeOf({ row: 4 })).toBe('row 4')
    expect(placeOf({})).toBe('')
  })
})
