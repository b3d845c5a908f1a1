import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { type MeasureDeps, recallAt } from '../../../lib/recall/probes.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { type Latency, latencyOf, timeCalls } from '../search/measure.ts'
import { findLeastEf } from './least-ef.ts'
import { KS, QUESTIONS, type Questions } from './questions.ts'

export interface SearchFigures {
  kind: string
  k: number
  /** At the defaults of the product. */
  recall: number
  warning: string | undefined
  leastEf: number | undefined
  alone: Record<'product' | 'least' | 'exact', Latency>
  eightAtOnce: Record<'product' | 'least' | 'exact', Latency>
  /** Of the median times: the product against the faster of the least EF_RUNTIME and brute force. */
  ratio: number
}

/** Calls to time, one at a time. */
const CALLS: Record<number, number> = { 10: 200, 100: 200, 1000: 80 }

/** Recall of the product as a caller gets it, before anything else is asked. */
export async function recallOfProduct(deps: MeasureDeps, kind: string, questions: Questions) {
  const search = productSearch(deps)
  const found: Pick<SearchFigures, 'kind' | 'k' | 'recall' | 'warning'>[] = []
  for (const k of KS) {
    const { requests, probes } = firstOf(questions, QUESTIONS[k])
    const answers: number[][] = []
    let warning: string | undefined
    for (const request of requests) {
      const { results, complete, warnings } = await search({ ...request, k })
      if (!complete) throw new Error(`Expected complete answers, got ${warnings.join(', ')}`)
      warning ??= warnings.find((text) => /recall|HNSW/.test(text))
      answers.push(results.map(({ distance }) => distance))
    }
    found.push({ kind, k, recall: recallAt(probes, answers, k), warning })
  }
  return found
}

/** The product against the least that reaches the target, in turns. */
export async function timeSearches(
  deps: MeasureDeps,
  questions: Questions,
  {
    k,
    target,
    recall,
    kind,
    warning,
  }: Pick<SearchFigures, 'kind' | 'k' | 'recall' | 'warning'> & {
    target: number
  },
): Promise<SearchFigures> {
  const { requests, probes, filter } = firstOf(questions, QUESTIONS[k])
  const leastEf = await findLeastEf({ ...deps, ...(filter && { filter }) }, probes, { k, target })
  const search = productSearch(deps)
  // Each asks other questions than the one before it, whose users are in the processor's cache.
  const ask = (options: Partial<SearchRequest>, offset: number) => (i: number) =>
    search({ ...requests[(i + offset) % requests.length], includeVector: false, k, ...options })
  const third = Math.floor(requests.length / 3)
  const calls = {
    product: ask({}, 0),
    least: ask(leastEf === undefined ? { exact: true } : { efRuntime: leastEf }, third),
    exact: ask({ exact: true }, 2 * third),
  }
  const latencies = async (concurrency: number) => {
    const times = await timeCalls(calls, { count: CALLS[k] ?? 100, concurrency, turn: concurrency * 2 })
    return {
      product: latencyOf(times.product),
      least: latencyOf(times.least),
      exact: latencyOf(times.exact),
    }
  }
  const alone = await latencies(1)
  const ratio = alone.product.p50 / Math.min(alone.least.p50, alone.exact.p50)
  return { kind, k, recall, warning, leastEf, ratio, alone, eightAtOnce: await latencies(8) }
}

function productSearch({ redis, definition }: MeasureDeps) {
  const readIndex = cacheIndexReading({ redis, definition })
  return (request: SearchRequest) =>
    searchUsers(
      { redis, definition, readIndex, storesQueryVectors: true },
      request,
      // Eight at once may wait for seconds of brute force.
      { deadline: Date.now() + 60_000 },
    )
}

function firstOf({ requests, probes, ...rest }: Questions, count = 100): Questions {
  return {
    ...rest,
    requests: requests.slice(0, count),
    probes: probes.slice(0, count),
  }
}
