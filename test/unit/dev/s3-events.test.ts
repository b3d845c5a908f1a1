import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formEncode } from '../../../dev/s3/events.ts'
import { sequencerAfter } from '../../../dev/s3/sequencer.ts'

const key = fc.string({
  unit: fc.constantFrom('a', ' ', '+', '%', '/', '~', '(', '&', '\0', 'ü', '\u{1F600}'),
})

describe('formEncode', () => {
  it('writes keys as AWS does', () => {
    expect(formEncode("imports/a b+ü(1)!*'~.ndjson")).toBe('imports/a+b%2B%C3%BC%281%29%21*%27%7E.ndjson')
  })

  it('is undone as AWS tells consumers of events to', () => {
    fc.assert(
      fc.property(key, (key) => {
        expect(decodeURIComponent(formEncode(key).replaceAll('+', ' '))).toBe(key)
      }),
    )
  })
})

describe('sequencerAfter', () => {
  it('grows in text order although the clock stands still or goes back', () => {
    const times = [1_800_000_000_000, 1_800_000_000_000, 1_700_000_000_000, 1_800_000_000_001]
    const next = sequencerAfter('', () => times.shift() ?? 0)
    const sequencers = [next(), next(), next(), next()]
    expect([...sequencers].sort()).toEqual(sequencers)
    expect(new Set(sequencers).size).toBe(4)
    expect(new Set(sequencers.map((sequencer) => sequencer.length))).toEqual(new Set([18]))
  })

  it('goes on behind the last of an earlier run, whatever the clock says', () => {
    const last = sequencerAfter('', () => 1_800_000_000_000)()
    expect(sequencerAfter(last, () => 1_700_000_000_000)() > last).toBe(true)
  })
})
