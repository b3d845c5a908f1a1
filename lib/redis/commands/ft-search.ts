import { randomBytes } from 'node:crypto'
import { AppError } from '../../errors.ts'
import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

/** The column that holds a row's distance. Aliases of a definition can't begin with `__`. */
export const DISTANCE = '__distance'

/**
 * Query text that everyone passes, for ADHOC_BF, which wants a filter and refuses `*`. A word that no text has, nor can
 * be given by somebody who knows it: he would be left out. Where no field is a TEXT, no word has anyone either.
 */
const MATCH_ALL_TERM = `-n${randomBytes(16).toString('hex')}`

export interface KnnQuery {
  index: string
  vectorAlias: string
  /** In the index's type, little-endian. */
  vector: Buffer
  k: number
  /** Which users count, as query text whose values are all `$params`; `*` is everyone. */
  filter: { text: string; params: Record<string, string | Buffer> }
  /** How HNSW is walked; FLAT refuses it. Without it, brute force is what is asked for. */
  efRuntime?: number
  /** Compares with everyone whom the filter leaves, whatever the index: 1.5 ms for 14,000 of 384 dimensions. */
  exact?: boolean
  /** What to return beside the distance: JSON paths, or names in a hash. */
  returned: readonly { path: string; alias: string }[]
}

export interface SearchReply {
  /** How many match. A KNN's total is at most k. */
  total: number
  rows: SearchRow[]
  /** Rows without an id: RESP3 gives one when a search runs out of time. */
  dropped: number
  /** RESP3 only. */
  warnings: string[]
}

export interface SearchRow {
  key: string
  /** NaN for a row that has none: a stored zero vector gives `-nan`, a document that expired gives nothing. */
  distance: number
  values: { [alias: string]: Reply }
}

/**
 * The k nearest, nearest first. Each part is there because its absence is silent: without SORTBY the rows come in
 * insertion order, without LIMIT there are ten of them, without RETURN each brings its whole document and vector
 * (four times the time), and DIALECT 1 does not know KNN. Brute force, FLAT's too, has TIMEOUT 0: when it runs out of time
 * it answers next to nothing, and in RESP2 without a word.
 */
export function ftSearchKnnArgs(query: KnnQuery): Command {
  const { index, vectorAlias, vector, k, filter, efRuntime, exact = false, returned } = query
  const who = exact && filter.text === '*' ? MATCH_ALL_TERM : filter.text
  const params = Object.entries(filter.params).flat()
  const ef = efRuntime === undefined || exact ? [] : ['ef', String(efRuntime)]
  const how = exact ? ' HYBRID_POLICY ADHOC_BF' : ef.length > 0 ? ' EF_RUNTIME $ef' : ''
  // AS costs Redis some time for each row, even where it changes nothing.
  const columns = returned.flatMap(({ path, alias }) => (path === alias ? [path] : [path, 'AS', alias]))
  // In one piece: it is made for every search, and flattening a list of lists was its dearest part.
  return [
    'FT.SEARCH',
    index,
    `(${who})=>[KNN $k @${vectorAlias} $vector${how} AS ${DISTANCE}]`,
    // Without it, RediSearch stems words: `run` finds `running`, and within a negation it does not.
    'VERBATIM',
    ...['SORTBY', DISTANCE, 'ASC'],
    ...['LIMIT', '0', String(k)],
    ...['RETURN', String(1 + columns.length), DISTANCE, ...columns],
    ...(ef.length > 0 ? [] : ['TIMEOUT', '0']),
    ...['PARAMS', String(4 + ef.length + params.length), 'k', String(k), 'vector', vector, ...ef, ...params],
    ...['DIALECT', '2'],
  ]
}

/** How many documents match, as `total`, without any of them. */
export function ftSearchMatchesArgs(index: string, { text, params }: KnnQuery['filter']): Command {
  const values = Object.entries(params).flat()
  return [
    ...['FT.SEARCH', index, text, 'NOCONTENT', 'LIMIT', '0', '0', 'TIMEOUT', '0'],
    ...(values.length === 0 ? [] : ['PARAMS', String(values.length), ...values]),
    ...['DIALECT', '2'],
  ]
}

/** A search that finds nothing, for the server's opinion of so many results: it refuses more than MAXSEARCHRESULTS. */
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

/** Which of these keys the index really holds; the cheapest proof that what was written can be found. */
export function ftSearchKeysArgs(index: string, keys: readonly string[]): Command {
  const count = String(keys.length)
  return [
    ['FT.SEARCH', index, '*'],
    ['INKEYS', count, ...keys],
    ['NOCONTENT', 'LIMIT', '0', count],
    ['DIALECT', '2'],
  ].flat()
}

/**
 * How many of at most `documents` have a vector with a finite distance, by brute force: 1.8 ms for 1,000. A range query
 * or a KNN without ADHOC_BF walks the HNSW graph, and misses one in some thousands. TIMEOUT 0, since a count that runs
 * out of time is 0 without a warning.
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
 * The distances of these keys, as far as the index holds a vector for them, by brute force over them alone: 1.7 ms for
 * 500. Of a vector that is poison there is no row, or one without a finite distance.
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
  return Array.isArray(reply) ? parseResp2(reply, content) : parseResp3(asMap(reply))
}

export const CUT_SHORT = 'Redis ran out of time for a search, and answered a part of it'

/**
 * The rows of an answer that is to be measured: who is missing from a part was not lost.
 *
 * @throws AppError REDIS_TIMEOUT
 */
export function wholeRows(reply: Reply): SearchRow[] {
  const { rows, warnings } = parseFtSearch(reply)
  if (warnings.length > 0) throw new AppError('REDIS_TIMEOUT', CUT_SHORT)
  return rows
}

function parseResp3(reply: { [key: string]: Reply }): SearchReply {
  const results = asArray(reply.results).map(asMap)
  const rows: SearchRow[] = []
  for (const { id, extra_attributes } of results) {
    if (id !== undefined && id !== null) rows.push(toRow(id, extra_attributes ?? {}))
  }
  return {
    total: asNumber(reply.total_results),
    rows,
    dropped: results.length - rows.length,
    warnings: asArray(reply.warning ?? []).map(asString),
  }
}

/** `[total, key, values, key, values …]`, or `[total, key, key …]` without content. */
function parseResp2([total, ...rest]: Reply[], content: boolean): SearchReply {
  const rows: SearchRow[] = []
  for (let i = 0; i < rest.length; i += content ? 2 : 1) {
    // A document that expired between the search and its loading has null in place of its values.
    rows.push(toRow(rest[i], content ? (rest[i + 1] ?? {}) : {}))
  }
  return { total: asNumber(total), rows, dropped: 0, warnings: [] }
}

function toRow(id: Reply | undefined, attributes: Reply): SearchRow {
  const values = asMap(attributes)
  const distance = values[DISTANCE] ?? null
  return { key: asString(id), distance: distance === null ? Number.NaN : Number(asString(distance)), values }
}
