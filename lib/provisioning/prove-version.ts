import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { type Recall, readRecall } from '../index-state/recall-store.ts'
import { measureIndex } from '../recall/measure-index.ts'
import { ftInfoArgs, type IndexInfo, parseFtInfo } from '../redis/commands/ft-info.ts'
import { TRUNCATED_SEARCH } from '../redis/commands/ft-search.ts'
import { type CallOptions, type Connection, DEFAULT_TIMEOUT_MS, replyOf } from '../redis/redis.ts'
import { FOUND_AT_LEAST, searchCanaries } from './canaries.ts'

/** Two measurements of one index differ by some thousandths. */
const NO_WORSE_BY = 0.01
/** A graph of so few is walked whole. */
const FEW = 1_000
/** What is left of the time is for the flip. */
const RESERVE_MS = 1_000

export interface Proof {
  /** Why the index must not take the live one's place, although it is built; null when it may. */
  problem: string | null
  /** What searches will need to know of the new index; null for FLAT and for few users. */
  recall: Recall | null
}

export async function proveVersion(
  { connection, definition }: { connection: Connection; definition: IndexDefinition },
  { live, built }: { live: IndexInfo; built: IndexInfo },
  options: CallOptions = {},
): Promise<Proof> {
  const problem =
    (await countProblem(connection, live, built, options)) ??
    (await canaryProblem({ connection, definition }, built, options).catch(whyNotNow))
  const isExact = definition.vector.algorithm === 'FLAT' || built.documents < FEW
  if (problem !== null || isExact) return { problem, recall: null }
  const deps = { redis: connection, definition }
  const { deadline = Date.now() + DEFAULT_TIMEOUT_MS } = options
  const recall = await measureIndex(
    { ...deps, index: built.name },
    { documents: built.documents, before: null, timeMs: deadline - Date.now() - RESERVE_MS },
    options,
  )
  const before = await readRecall(deps, options)
  return { problem: recallProblem(recall, before?.index === live.name ? before : null), recall }
}

async function countProblem(
  connection: Connection,
  live: IndexInfo,
  built: IndexInfo,
  options: CallOptions,
): Promise<string | null> {
  if (built.backgroundStatus !== 'OK')
    return `Redis stopped building ${built.name}: ${built.backgroundStatus}`
  // Asked anew and at once: imports may go on, and both indexes take what they write.
  const outcomes = await connection.pipeline([ftInfoArgs(live.name), ftInfoArgs(built.name)], options)
  const [before, after] = outcomes.map((outcome) => parseFtInfo(replyOf(outcome)).documents)
  if (before === undefined || after === undefined || after >= before) return null
  return `Expected the ${before} documents that ${live.name} has, got ${after}: the others do not fit the definition`
}

async function canaryProblem(
  { connection, definition }: { connection: Connection; definition: IndexDefinition },
  built: IndexInfo,
  options: CallOptions,
): Promise<string | null> {
  const { asked, lost } = await searchCanaries({ redis: connection, definition }, built.name, options)
  if (asked - lost.length >= asked * FOUND_AT_LEAST) return null
  return `Expected ${asked} users to be found by their own vectors, ${lost.length} were not`
}

/** What is no proof against the index, and none for it: the next to look tries again. */
function whyNotNow(error: unknown): string {
  if (error instanceof AppError && error.message === TRUNCATED_SEARCH) return TRUNCATED_SEARCH
  throw error
}

/** As good as it is to be, or as the live one is: with the EF_RUNTIME that searches will then use. */
function recallProblem({ curve, target, skipped }: Recall, before: Recall | null): string | null {
  if (skipped === TRUNCATED_SEARCH) return TRUNCATED_SEARCH
  for (const { k, single } of curve) {
    const known = before?.curve.find((point) => point.k === k)?.single.measured
    const expected = Math.min(target, known ?? target) - NO_WORSE_BY
    if (single.measured < expected) {
      return `Expected a recall of ${expected.toFixed(3)} or more at k ${k}, got ${single.measured.toFixed(3)}`
    }
  }
  return null
}
