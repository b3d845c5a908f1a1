import { describe, expect, it } from 'vitest'
import type { IndexStatus } from '../../../client/src/index.ts'
import { actionFor, judge } from '../../../console/text/wellness.ts'

type Seen = Parameters<typeof judge>[0]

const well: Seen = {
  state: 'ready',
  percentIndexed: 100,
  documents: 5,
  searchable: 5,
  drift: [],
  migration: null,
  recall: null,
  check: null,
}
const measured = (share: number): IndexStatus['recall'] => {
  const point = { efRuntime: 512, measured: share, ms: 1 }
  const curve = [{ k: 10, single: point, group: { ...point, measured: 1 }, exactMs: 1, filtered: null }]
  return {
    index: 'i',
    at: '',
    target: 0.99,
    documents: 5,
    probes: 50,
    asked: 0,
    tookMs: 1,
    curve,
    skipped: null,
    lastAttempt: null,
  }
}

describe('the sentence of the overview', () => {
  it.each([
    ['all is well', {}, 'good', /^All is well: 5 customers/],
    ['the index is empty', { documents: 0, searchable: 0 }, 'good', /empty/],
    ['the index is missing', { state: 'absent' }, 'bad', /no index/],
    ['the index is being built', { state: 'building', percentIndexed: 40 }, 'busy', /40/],
    ['the build of the index stopped', { state: 'partial', percentIndexed: 40 }, 'bad', /memory.*40/],
    [
      'the index differs',
      { state: 'drifted', drift: [{ field: 'm', expected: 1, actual: 2 }] },
      'bad',
      /differs/,
    ],
    ['recall fell', { recall: measured(0.9) }, 'warn', /finds fewer customers/],
    ['recall is as it should be', { recall: measured(0.995) }, 'good', /^All is well/],
  ] as const)('says that %s', (_, part, tone, sentence) => {
    const wellness = judge({ ...well, ...part } as Seen)
    expect(wellness.tone).toBe(tone)
    expect(wellness.sentence).toMatch(sentence)
  })

  it('names the lack of memory once', () => {
    const check = { problems: ['The index is partial (40 %)'] } as IndexStatus['check']
    const { problems } = judge({ ...well, state: 'partial', percentIndexed: 40, check })
    expect(problems).toHaveLength(1)
    expect(problems[0]?.action).toMatch(/more memory/)
    expect(actionFor('The index is partial (40 %)')).toMatch(/more memory/)
  })

  it('names the recall, its goal, and what to do', () => {
    const [problem] = judge({ ...well, recall: measured(0.9) }).problems
    expect(problem?.text).toMatch(/90.*99/)
    expect(problem?.action).toMatch(/Compare with every customer/)
  })
})
