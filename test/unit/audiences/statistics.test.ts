import { describe, expect, it } from 'vitest'
import { certificateOf, curveOf, holdoutOf, upperBound } from '../../../lib/audiences/statistics.ts'
import { type Random, seeded } from '../../support/random.ts'

describe('the bound of a sample', () => {
  it('is that of Clopper and Pearson where the sample is a small part', () => {
    // Of a binomial sample: 0.0029912497 and 0.0077352447 of the population.
    expect(upperBound(0, 1_000, 1e9) / 1e9).toBeCloseTo(0.0029912497, 5)
    expect(upperBound(3, 1_000, 1e9) / 1e9).toBeCloseTo(0.0077352447, 5)
    expect(upperBound(10, 10, 10)).toBe(10)
  })

  it('is that of a sample without replacement where the sample is a large part', () => {
    // The probability of none is 0.075 for 6 users that were missed, and 0.049 for 7.
    expect(upperBound(0, 70_000, 200_000)).toBe(6)
    expect(upperBound(0, 99, 100)).toBe(0)
    // That of one or none is 0.056 for 7 users, and 0.030 for 8.
    expect(upperBound(1, 50, 100)).toBe(7)
  })

  it('holds in at least 95 of 100 samples, whatever was missed', () => {
    const population = 2_000
    const sampled = 700
    let [held, tried] = [0, 0]
    for (const missed of [0, 1, 5, 20, 200, 1_000]) {
      for (let seed = 0; seed < 200; seed++) {
        const found = drawn(seeded(seed * 7919 + missed), { population, missed, sampled })
        tried++
        if (upperBound(found, sampled, population) >= missed) held++
      }
    }
    expect(held / tried).toBeGreaterThanOrEqual(0.95)
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
    expect(holdoutOf(held, candidates, 10)).toEqual({
      seeds: 4,
      found: 2,
      expectedByChance: 0.04,
      lift: 50.2,
    })
    // The seeds take places in the audience, too: no more of them are found than it has.
    const all = Float32Array.from({ length: 40 }, (_, i) => 2 + i)
    expect(holdoutOf(all, candidates, 10)).toMatchObject({ found: 10, expectedByChance: 0.385 })
    // Of equally similar users, as many are found as by chance.
    const equal = new Float32Array(40).fill(0.5)
    expect(holdoutOf(equal, new Float32Array(60).fill(0.5), 10)).toMatchObject({ found: 4, lift: 1 })
    // In a sample of a tenth, each of the seeds stands for a tenth of a user.
    expect(holdoutOf(all, candidates, 10, 0.1)).toMatchObject({ found: 40 })
    expect(holdoutOf(held, candidates, 0)).toMatchObject({ found: 0, lift: null })
    expect(holdoutOf(new Float32Array(), candidates, 10)).toBeNull()
  })
})

/** How many missed users a random sample has, without replacement. */
function drawn(
  random: Random,
  { population, missed, sampled }: { population: number; missed: number; sampled: number },
): number {
  let [left, found] = [missed, 0]
  for (let i = 0; i < sampled; i++) {
    if (random.below(population - i) >= left) continue
    left--
    found++
  }
  return found
}
