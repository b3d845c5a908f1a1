import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

/** One attribute of a live index, as RediSearch reports it. Members that its type does not have are absent. */
export interface IndexAttribute {
  path: string
  alias: string
  type: string
  sortable: boolean
  /** Sortable without UNF: RediSearch returns a hash's value in lower case. */
  folded: boolean
  /** All flags except SORTABLE and UNF, in alphabetical order: `CASESENSITIVE NOINDEX`. */
  flags: string
  weight?: number
  separator?: string
  algorithm?: string
  dataType?: string
  dimensions?: number
  metric?: string
  m?: number
  efConstruction?: number
}

/** The arguments of FT.CREATE before SCHEMA, lists joined by blanks. null means that the argument was not given. */
export interface IndexSettings {
  keyType: string
  prefix: string
  filter: string | null
  language: string | null
  languageField: string | null
  score: number
  scoreField: string | null
  payloadField: string | null
  /** null is RediSearch's default list, '' is an empty list. */
  stopwords: string | null
  options: string
}

export interface IndexInfo {
  /** The real name, even if the command named the alias. */
  name: string
  settings: IndexSettings
  attributes: IndexAttribute[]
  documents: number
  /** 0..1 */
  percentIndexed: number
  indexing: boolean
  /** Cumulative: the repair of a document does not reduce it. */
  failures: number
  /** Newer servers report here that a build ran out of memory and stopped. */
  backgroundStatus: string
  memoryBytes: number
  /** The total time that indexing has taken so far. */
  indexingMs: number
}

export function ftInfoArgs(name: string): Command {
  return ['FT.INFO', name]
}

export function parseFtInfo(reply: Reply): IndexInfo {
  const info = asMap(reply)
  const errors = info['Index Errors'] === undefined ? {} : asMap(info['Index Errors'])
  return {
    name: asString(info.index_name),
    settings: parseSettings(info),
    attributes: asArray(info.attributes).map(parseAttribute),
    documents: asNumber(info.num_docs),
    percentIndexed: asNumber(info.percent_indexed),
    indexing: asNumber(info.indexing) !== 0,
    failures: asNumber(info.hash_indexing_failures),
    backgroundStatus: asString(errors['background indexing status'] ?? 'OK'),
    memoryBytes: Math.round(
      MEMORY_PARTS.reduce((sum, part) => sum + asNumber(info[part] ?? 0), 0) * 1024 * 1024,
    ),
    indexingMs: asNumber(info.total_indexing_time ?? 0),
  }
}

// total_index_memory_sz_mb excludes the vector index, which is nearly all of the memory.
const MEMORY_PARTS = ['total_index_memory_sz_mb', 'vector_index_sz_mb']

function parseSettings(info: { [key: string]: Reply }): IndexSettings {
  const definition = asMap(info.index_definition)
  return {
    keyType: asString(definition.key_type),
    prefix: asArray(definition.prefixes).map(asString).join(' '),
    filter: asText(definition.filter),
    language: asText(definition.default_language),
    languageField: asText(definition.language_field),
    score: asNumber(definition.default_score ?? 1),
    scoreField: asText(definition.score_field),
    payloadField: asText(definition.payload_field),
    stopwords: info.stopwords_list === undefined ? null : joinSorted(asArray(info.stopwords_list)),
    // RediSearch adds MAXTEXTFIELDS by itself from the 33rd TEXT field on. It changes no answer.
    options: joinSorted(asArray(info.index_options ?? []).filter((option) => option !== 'MAXTEXTFIELDS')),
  }
}

const FLAGS: readonly Reply[] = [
  ...['CASESENSITIVE', 'INDEXEMPTY', 'INDEXMISSING', 'NOINDEX', 'NOSTEM', 'PHONETIC', 'SORTABLE', 'UNF'],
  'WITHSUFFIXTRIE',
]

function parseAttribute(reply: Reply): IndexAttribute {
  const map = asMap(reply)
  // RESP3 lists flags in a member of their own. RESP2 appends them to the pairs. A value in the first three pairs may
  // equal a flag's name, so the search starts after them.
  const given = Array.isArray(reply) ? reply.slice(6) : asArray(map.flags ?? [])
  const flags = given.filter((flag) => FLAGS.includes(flag))
  return {
    path: asString(map.identifier),
    alias: asString(map.attribute),
    type: asString(map.type),
    sortable: flags.includes('SORTABLE'),
    folded: flags.includes('SORTABLE') && !flags.includes('UNF'),
    flags: joinSorted(flags.filter((flag) => flag !== 'SORTABLE' && flag !== 'UNF')),
    ...(map.WEIGHT !== undefined && { weight: asNumber(map.WEIGHT) }),
    ...(map.SEPARATOR !== undefined && { separator: asString(map.SEPARATOR) }),
    ...(map.algorithm !== undefined && { algorithm: asString(map.algorithm) }),
    ...(map.data_type !== undefined && { dataType: asString(map.data_type) }),
    ...(map.dim !== undefined && { dimensions: asNumber(map.dim) }),
    ...(map.distance_metric !== undefined && { metric: asString(map.distance_metric) }),
    ...(map.M !== undefined && { m: asNumber(map.M) }),
    ...(map.ef_construction !== undefined && { efConstruction: asNumber(map.ef_construction) }),
  }
}

function asText(reply: Reply | undefined): string | null {
  return reply === undefined ? null : asString(reply)
}

function joinSorted(words: Reply[]): string {
  return words.map(asString).toSorted().join(' ')
}
