import type { Certificate, CurvePoint, Holdout } from './audience-report-schema.ts'

const PERCENTS = [0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 7, 10, 15, 20, 30, 50, 75, 100]

/**
 * How similar the last user is of an audience of each size.
 *
 * @param similarities of all candidates, largest first
 */
export function curveOf(similarities: Float32Array, matched: number): CurvePoint[] {
  const points: CurvePoint[] = []
  for (const percent of PERCENTS) {
    const users = Math.min(similarities.length, Math.round((matched * percent) / 100))
    const similarity = similarities[users - 1]
    if (similarity === undefined || users === points.at(-1)?.users) continue
    points.push({ percent, users, similarity: toSevenDigits(similarity) })
  }
  return points
}

/** A float32 as a person reads it. */
export function toSevenDigits(similarity: number): number {
  return Number(similarity.toPrecision(7))
}

/**
 * How many of the seeds that were left out an audience of the others would have, and how many of as many users by chance.
 *
 * @param held the similarities of those seeds to the other seeds
 * @param candidates the same of all candidates
 * @param exported the size of the audience
 */
export function holdoutOf(held: Float32Array, candidates: Float32Array, exported: number): Holdout | null {
  if (held.length === 0 || candidates.length === 0) return null
  const cut = candidates.toSorted().at(-exported) ?? Number.POSITIVE_INFINITY
  const found = exported === 0 ? 0 : held.filter((similarity) => similarity >= cut).length
  const expected = (held.length * exported) / candidates.length
  const rounded = Math.round(expected * 1000) / 1000
  return {
    seeds: held.length,
    found,
    expectedByChance: rounded,
    lift: expected === 0 ? null : Math.round((found / expected) * 100) / 100,
  }
}

/** Estimates from a sample how many of all users were missed. If the sample has all users, nothing is uncertain. */
export function certificateOf(missed: number, sampled: number, population: number): Certificate | null {
  if (sampled === 0) return null
  const share = upperBound(missed, sampled)
  const missedAtMost = sampled >= population ? missed : Math.min(population, Math.ceil(share * population))
  return { sampled, missed, missedAtMost }
}

const DOUBT = 0.05

/**
 * The largest share of all under which so few of a sample, or fewer, are found in 5 % of samples (Clopper and Pearson,
 * one side). For none it is about 3 / n.
 */
export function upperBound(found: number, sampled: number): number {
  if (found >= sampled) return 1
  let [low, high] = [found / sampled, 1]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (atMost(found, sampled, middle) > DOUBT) low = middle
    else high = middle
  }
  return high
}

/** The probability of `found` or fewer among `sampled`, each with the probability `share`. */
function atMost(found: number, sampled: number, share: number): number {
  let logTerm = sampled * Math.log1p(-share)
  let sum = Math.exp(logTerm)
  for (let i = 0; i < found; i++) {
    logTerm += Math.log(sampled - i) - Math.log(i + 1) + Math.log(share) - Math.log1p(-share)
    sum += Math.exp(logTerm)
  }
  return sum
}
