import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { type Recall, readRecall } from '../index-state/recall-store.ts'
import { measureIndex } from '../recall/measure-index.ts'
import { ftInfoArgs, type IndexInfo, parseFtInfo } from '../redis/commands/ft-info.ts'
import { TRUNCATED_SEARCH } from '../redis/commands/ft-search.ts'
import { type CallOptions, type Connection, type Deadline, replyOf } from '../redis/redis.ts'
import { MIN_FOUND_SHARE, searchCanaries } from './canaries.ts'

/** Two measurements of one index differ by some thousandths. */
const TOLERANCE = 0.01
/** HNSW visits the whole graph of a small index. */
const SMALL_INDEX = 1_000
/** Reserves time for the alias swap. */
const RESERVE_MS = 1_000
/** 100,000 users take 26 s, which have the most probes that cost much; a million take 16 s. */
const MEASURE_MS = 60_000

export interface Proof {
  /** Why the built index must not replace the live one; null if it may. */
  problem: string | null
  /** The recall of the new index, for its searches. null for FLAT and for a small index. */
  recall: Recall | null
}

/**
 * Compares a built index with the live one, before the alias swap: the number of documents, random users searched by
 * their own vectors (canaries), and the recall. Writes nothing.
 */
export async function proveVersion(
  { connection, definition }: { connection: Connection; definition: IndexDefinition },
  { live, built, proveUntil }: { live: IndexInfo; built: IndexInfo; proveUntil: Deadline },
  options: CallOptions = {},
): Promise<Proof> {
  const problem =
    (await findCountProblem(connection, live, built, options)) ??
    (await findCanaryProblem({ connection, definition }, built, options).catch(toTruncationProblem))
  const isExact = definition.vector.algorithm === 'FLAT' || built.documents < SMALL_INDEX
  if (problem !== null || isExact) return { problem, recall: null }
  const deps = { redis: connection, definition }
  const { deadline } = options
  // Without a deadline, as in the scheduled check, only each command has one. A direct invocation ends when it may wait
  // no longer.
  const end = deadline ?? (proveUntil || Number.POSITIVE_INFINITY)
  const timeMs = Math.min(MEASURE_MS, end - Date.now() - RESERVE_MS)
  const recall = await measureIndex(
    { ...deps, index: built.name },
    { documents: built.documents, before: null, timeMs },
    options,
  )
  const before = await readRecall(deps, options)
  return { problem: findRecallProblem(recall, before?.index === live.name ? before : null), recall }
}

async function findCountProblem(
  connection: Connection,
  live: IndexInfo,
  built: IndexInfo,
  options: CallOptions,
): Promise<string | null> {
  if (built.backgroundStatus !== 'OK')
    return `Expected Redis to build ${built.name}, it stopped: ${built.backgroundStatus}`
  // Reads both again, and at the same moment: imports may be running, and both indexes receive their writes.
  const outcomes = await connection.pipeline([ftInfoArgs(live.name), ftInfoArgs(built.name)], options)
  const [before, after] = outcomes.map((outcome) => parseFtInfo(replyOf(outcome)).documents)
  if (before === undefined || after === undefined || after >= before) return null
  return `Expected the ${before} documents of ${live.name} in ${built.name}, got ${after}: the others do not fit the definition`
}

async function findCanaryProblem(
  { connection, definition }: { connection: Connection; definition: IndexDefinition },
  built: IndexInfo,
  options: CallOptions,
): Promise<string | null> {
  const { asked, lost } = await searchCanaries({ redis: connection, definition }, built.name, options)
  if (asked - lost.length >= asked * MIN_FOUND_SHARE) return null
  return `Expected ${asked} users to be found by their own vectors, ${lost.length} were not`
}

/** A truncated search proves nothing about the index. The next provisioning tries again. */
function toTruncationProblem(error: unknown): string {
  if (error instanceof AppError && error.message === TRUNCATED_SEARCH) return TRUNCATED_SEARCH
  throw error
}

/**
 * Compares the recall with the target, or with that of the live index if that is lower. The searches will use the
 * same EF_RUNTIME.
 */
function findRecallProblem({ curve, target, skipped }: Recall, before: Recall | null): string | null {
  if (skipped === TRUNCATED_SEARCH) return TRUNCATED_SEARCH
  for (const { k, single } of curve) {
    const liveRecall = before?.curve.find((point) => point.k === k)?.single.measured
    const expected = Math.min(target, liveRecall ?? target) - TOLERANCE
    if (single.measured < expected) {
      return `Expected a recall of ${expected.toFixed(3)} or more at k ${k}, got ${single.measured.toFixed(3)}`
    }
  }
  return null
}
