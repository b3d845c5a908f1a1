import { randomBytes } from 'node:crypto'
import { AppError } from '../../errors.ts'
import type { Command, Reply } from '../redis.ts'
import { asArray, asNumber, asString, memberOf } from '../reply.ts'

/** The column with a row's distance. Aliases of a definition cannot begin with `__`. */
export const DISTANCE = '__distance'

/**
 * Query text that matches all users. ADHOC_BF needs a filter and refuses `*`, so this negates a word that no text
 * contains. The word is random: a text that contained it would not match. An index without a TEXT field has no words,
 * so the negation matches all users there, too.
 */
export const MATCH_ALL_TERM = `-n${randomBytes(16).toString('hex')}`

export interface KnnQuery {
  index: string
  vectorAlias: string
  /** In the index's vector type, little-endian. */
  vector: Buffer
  k: number
  /** The users to search, as query text that takes all values from `$params`; `*` matches all. */
  filter: { text: string; params: Record<string, string | Buffer> }
  /** HNSW only: FLAT refuses it. Absent means brute force. */
  efRuntime?: number | undefined
  /** Compares with all users that match the filter, whatever the index: 1.5 ms for 14,000 users of 384 dimensions. */
  exact?: boolean | undefined
  /** The fields to return in addition to the distance: JSON paths, or names in a hash. */
  returned: readonly { path: string; alias: string }[]
}

export interface SearchReply {
  /** How many documents match. For a KNN, at most k. */
  total: number
  rows: SearchRow[]
  /** Rows without an id: RESP3 returns one when a search times out. */
  dropped: number
  /** RESP3 only. */
  warnings: string[]
}

export interface SearchRow {
  key: string
  /** NaN if the row has no distance: a stored zero vector gives `-nan`, an expired document gives nothing. */
  distance: number
  /** A map by alias: `memberOf` reads it. */
  values: Reply
}

/**
 * Finds the k nearest, nearest first. Each part prevents a silent fault:
 * - without SORTBY, the rows come in insertion order;
 * - without LIMIT, there are at most ten rows;
 * - without RETURN, each row carries its whole document and vector (four times the time);
 * - DIALECT 1 does not support KNN;
 * - without TIMEOUT 0, a brute-force search that times out returns almost no rows, and in RESP2 no warning. FLAT is
 * brute force, too.
 */
export function ftSearchKnnArgs(query: KnnQuery): Command {
  const { index, vectorAlias, vector, k, filter, efRuntime, exact = false, returned } = query
  const filterText = exact && filter.text === '*' ? MATCH_ALL_TERM : filter.text
  const ef = efRuntime === undefined || exact ? [] : ['ef', String(efRuntime)]
  const knnOptions = exact ? ' HYBRID_POLICY ADHOC_BF' : ef.length > 0 ? ' EF_RUNTIME $ef' : ''
  const text = `(${filterText})=>[KNN $k @${vectorAlias} $vector${knnOptions} AS ${DISTANCE}]`
  // AS costs Redis some time per row, even if it renames nothing.
  const columns: string[] = []
  for (const { path, alias } of returned) columns.push(...(path === alias ? [path] : [path, 'AS', alias]))
  const params = ['k', String(k), 'vector', vector, ...ef, ...Object.entries(filter.params).flat()]
  // Every search builds this. One array of small spread arrays takes twice as long as `push`.
  const command = ['FT.SEARCH', index, text, 'SORTBY', DISTANCE, 'ASC', 'LIMIT', '0', String(k)]
  command.push('RETURN', String(1 + columns.length), DISTANCE, ...columns)
  if (ef.length === 0) command.push('TIMEOUT', '0')
  return [...command, 'PARAMS', String(params.length), ...params, 'DIALECT', '2']
}

/**
 * Counts the documents that match, as `total`, and returns none of them. A count that times out has a warning. Without
 * VERBATIM, `run` would also count `running`, which a KNN does not.
 */
export function ftSearchMatchesArgs(
  index: string,
  { text, params }: KnnQuery['filter'],
  timeoutMs = 0,
): Command {
  return [
    ...['FT.SEARCH', index, text, 'VERBATIM', 'NOCONTENT', 'LIMIT', '0', '0', 'TIMEOUT', String(timeoutMs)],
    ...paramsArgs(params),
    ...['DIALECT', '2'],
  ]
}

/**
 * A search that matches nothing. It asks whether the server accepts this limit: it refuses more than
 * MAXSEARCHRESULTS.
 */
export function ftSearchNothingArgs(index: string, limit: number): Command {
  return [
    'FT.SEARCH',
    index,
    MATCH_ALL_TERM.slice(1),
    'NOCONTENT',
    'LIMIT',
    '0',
    String(limit),
    'DIALECT',
    '2',
  ]
}

/** Which of these keys are indexed. This is the cheapest proof that searches can find what was written. */
export function ftSearchKeysArgs(index: string, keys: readonly string[]): Command {
  const count = String(keys.length)
  return [
    ['FT.SEARCH', index, '*'],
    ['INKEYS', count, ...keys],
    ['NOCONTENT', 'LIMIT', '0', count],
    ['DIALECT', '2'],
  ].flat()
}

/** Which of these keys pass the filter; TIMEOUT 0, since a search that runs out of time leaves users out. */
export function ftSearchMatchingKeysArgs(
  index: string,
  { text, params }: KnnQuery['filter'],
  keys: readonly string[],
): Command {
  return [
    ...['FT.SEARCH', index, text, 'VERBATIM', 'INKEYS', String(keys.length), ...keys],
    ...['NOCONTENT', 'LIMIT', '0', String(keys.length), 'TIMEOUT', '0'],
    ...paramsArgs(params),
    ...['DIALECT', '2'],
  ]
}

function paramsArgs(params: KnnQuery['filter']['params']): (string | Buffer)[] {
  const values = Object.entries(params).flat()
  return values.length === 0 ? [] : ['PARAMS', String(values.length), ...values]
}

/**
 * Counts documents with a vector at a finite distance, up to `documents`, by brute force: 1.8 ms for 1,000. A range
 * query, or a KNN without ADHOC_BF, uses the HNSW graph and misses one in some thousands. TIMEOUT 0, because a count
 * that times out is 0 without a warning.
 */
export function ftSearchCountArgs(
  index: string,
  vectorAlias: string,
  { vector, documents }: { vector: Buffer; documents: number },
): Command {
  return [
    ['FT.SEARCH', index, `(${MATCH_ALL_TERM})=>[KNN $k @${vectorAlias} $vector HYBRID_POLICY ADHOC_BF]`],
    ['LIMIT', '0', '0', 'TIMEOUT', '0'],
    ['PARAMS', '4', 'k', String(documents), 'vector', vector],
    ['DIALECT', '2'],
  ].flat()
}

/**
 * The distances of these keys, by brute force over these keys alone: 1.7 ms for 500. A key without an indexed vector
 * has no row. A corrupt vector has no row either, or one without a finite distance.
 */
export function ftSearchDistancesArgs(
  index: string,
  vectorAlias: string,
  { vector, keys }: { vector: Buffer; keys: readonly string[] },
): Command {
  const count = String(keys.length)
  return [
    [
      ...['FT.SEARCH', index],
      `(${MATCH_ALL_TERM})=>[KNN $k @${vectorAlias} $vector HYBRID_POLICY ADHOC_BF AS ${DISTANCE}]`,
    ],
    ['INKEYS', count, ...keys],
    ['RETURN', '1', DISTANCE, 'LIMIT', '0', count, 'TIMEOUT', '0'],
    ['PARAMS', '4', 'k', count, 'vector', vector],
    ['DIALECT', '2'],
  ].flat()
}

export function parseFtSearch(reply: Reply, { content = true } = {}): SearchReply {
  // RESP2 begins with the total. An undecoded reply of RESP3 is an array, too, but begins with a name.
  return Array.isArray(reply) && typeof reply[0] === 'number' ? parseResp2(reply, content) : parseResp3(reply)
}

export const TRUNCATED_SEARCH = 'Expected a complete answer, Redis truncated the search at its own timeout'

/**
 * The rows of a complete answer. A measurement must not use a truncated one: a user missing there is not lost.
 *
 * @throws AppError REDIS_TIMEOUT
 */
export function parseCompleteRows(reply: Reply): SearchRow[] {
  const { rows, warnings } = parseFtSearch(reply)
  if (warnings.length > 0) throw new AppError('REDIS_TIMEOUT', TRUNCATED_SEARCH)
  return rows
}

function parseResp3(reply: Reply): SearchReply {
  const results = asArray(memberOf(reply, 'results'))
  const rows: SearchRow[] = []
  for (const result of results) {
    const id = memberOf(result, 'id')
    if (id !== undefined && id !== null) rows.push(toRow(id, memberOf(result, 'extra_attributes') ?? {}))
  }
  return {
    total: asNumber(memberOf(reply, 'total_results')),
    rows,
    dropped: results.length - rows.length,
    warnings: asArray(memberOf(reply, 'warning') ?? []).map(asString),
  }
}

/** `[total, key, values, key, values …]`, or `[total, key, key …]` without content. */
function parseResp2([total, ...rest]: Reply[], content: boolean): SearchReply {
  const rows: SearchRow[] = []
  for (let i = 0; i < rest.length; i += content ? 2 : 1) {
    // A document that expired between search and loading has null in place of its values.
    rows.push(toRow(rest[i], content ? (rest[i + 1] ?? {}) : {}))
  }
  return { total: asNumber(total), rows, dropped: 0, warnings: [] }
}

function toRow(id: Reply | undefined, values: Reply): SearchRow {
  const distance = memberOf(values, DISTANCE) ?? null
  return { key: asString(id), distance: distance === null ? Number.NaN : Number(asString(distance)), values }
}
