import { describe, expect, it } from 'vitest'
import { certificateOf, curveOf, holdoutOf, upperBound } from '../../../lib/audiences/statistics.ts'
import { seeded } from '../../support/random.ts'

describe('the bound of a sample', () => {
  it('is that of Clopper and Pearson', () => {
    expect(upperBound(0, 1_000)).toBeCloseTo(0.0029912497, 8)
    expect(upperBound(3, 1_000)).toBeCloseTo(0.0077352447, 8)
    expect(upperBound(10, 10)).toBe(1)
  })

  it('holds in at least 95 of 100 seeded samples', () => {
    const population = 20_000
    for (const missed of [0, 20, 200, 2_000]) {
      let held = 0
      for (let seed = 0; seed < 100; seed++) {
        const random = seeded(seed)
        const sampled = 1_000
        let found = 0
        for (let i = 0; i < sampled; i++) if (random.below(population) < missed) found++
        if ((certificateOf(found, sampled, population)?.missedAtMost ?? 0) >= missed) held++
      }
      // Of 100 samples at 95 %, 90 are as good as certain.
      expect(held).toBeGreaterThanOrEqual(90)
    }
  })

  it('leaves no doubt where all were sampled, and says nothing of none', () => {
    expect(certificateOf(2, 500, 500)).toEqual({ sampled: 500, missed: 2, missedAtMost: 2 })
    expect(certificateOf(0, 0, 10)).toBeNull()
  })
})

describe('the curve and the hold-out', () => {
  it('say how similar the last of so many users is', () => {
    const similarities = Float32Array.from({ length: 1_000 }, (_, i) => 1 - i / 1_000)
    const points = curveOf(similarities, 2_000)
    expect(points.find(({ percent }) => percent === 1)).toEqual({ percent: 1, users: 20, similarity: 0.981 })
    // No audience has more users than there are candidates.
    expect(points.at(-1)).toMatchObject({ users: 1_000 })
  })

  it('compare the seeds that were found with chance', () => {
    const candidates = Float32Array.from({ length: 1_000 }, (_, i) => i / 1_000)
    const held = Float32Array.from([0.999, 0.995, 0.5, 0.1])
    expect(holdoutOf(held, candidates, 10)).toEqual({ seeds: 4, found: 2, expectedByChance: 0.04, lift: 50 })
    expect(holdoutOf(held, candidates, 0)).toMatchObject({ found: 0, lift: null })
    expect(holdoutOf(new Float32Array(), candidates, 10)).toBeNull()
  })
})
