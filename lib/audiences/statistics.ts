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
 * How many of the seeds that were left out are in an audience of the same size made of the other seeds, compared with
 * chance. These seeds take places in it, too.
 *
 * @param held the similarities of those seeds to the other seeds
 * @param candidates the same of all candidates
 * @param exported the size of the audience
 * @param heldWeight the share of the users that are candidates here, because all those seeds are
 */
export function holdoutOf(
  held: Float32Array,
  candidates: Float32Array,
  exported: number,
  heldWeight = 1,
): Holdout | null {
  if (held.length === 0 || candidates.length === 0) return null
  const found = Math.round(foundAmong(held.toSorted(), candidates.toSorted(), exported, heldWeight))
  const expected = (held.length * exported) / (candidates.length + held.length * heldWeight)
  return {
    seeds: held.length,
    found,
    expectedByChance: Math.round(expected * 1000) / 1000,
    lift: expected === 0 ? null : Math.round((found / expected) * 100) / 100,
  }
}

/** The seeds within the size, best first. Equally similar users share the last places. */
function foundAmong(held: Float32Array, candidates: Float32Array, size: number, heldWeight: number): number {
  let [i, j, taken, found] = [candidates.length - 1, held.length - 1, 0, 0]
  while (taken < size && (i >= 0 || j >= 0)) {
    const best = Math.max(candidates[i] ?? Number.NEGATIVE_INFINITY, held[j] ?? Number.NEGATIVE_INFINITY)
    const [firstCandidate, firstHeld] = [i, j]
    while (candidates[i] === best) i--
    while (held[j] === best) j--
    const equal = firstCandidate - i + (firstHeld - j) * heldWeight
    if (equal === 0) break
    const share = Math.min(1, (size - taken) / equal)
    taken += equal * share
    found += (firstHeld - j) * share
  }
  return found
}

/** Bounds from a random sample how many of all users were missed. If the sample has all users, the bound is exact. */
export function certificateOf(missed: number, sampled: number, population: number): Certificate | null {
  if (sampled === 0) return null
  return { sampled, missed, missedAtMost: upperBound(missed, sampled, population) }
}

const DOUBT = 0.05

/**
 * The largest number of users that could be missed: of any larger number, a sample finds so few in less than 5 % of
 * samples. It is the bound of Clopper and Pearson for a sample without replacement, one-sided. Of a small part of the
 * population with none found it is about 3 × population / sampled: no sample can say more.
 */
export function upperBound(found: number, sampled: number, population: number): number {
  // Those of the sample that were not missed are known.
  let [low, high] = [found, population - (sampled - found)]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (atMost(found, sampled, middle, population) > DOUBT) low = middle
    else high = middle - 1
  }
  return low
}

/** The probability of at most `found` of `missed` users in a sample of the population: hypergeometric. */
function atMost(found: number, sampled: number, missed: number, population: number): number {
  const others = population - missed
  let sum = 0
  for (let i = Math.max(0, sampled - others); i <= Math.min(found, missed); i++) {
    sum += Math.exp(logChoose(missed, i) + logChoose(others, sampled - i) - logChoose(population, sampled))
  }
  return sum
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}

const SMALL = 128
const LOG_FACTORIALS = new Float64Array(SMALL)
for (let n = 2; n < SMALL; n++) LOG_FACTORIALS[n] = (LOG_FACTORIALS[n - 1] ?? 0) + Math.log(n)

/** By Stirling's series from 128 on, where the next term is less than 1e-12. */
function logFactorial(n: number): number {
  if (n < SMALL) return LOG_FACTORIALS[n] ?? Number.NaN
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3)
}
