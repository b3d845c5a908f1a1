import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

/** One attribute of a live index, in RediSearch's own words. Members that its type does not have are absent. */
export interface IndexAttribute {
  path: string
  alias: string
  type: string
  sortable: boolean
  /** Sortable without UNF: a hash's value is answered in small letters. */
  folded: boolean
  /** All but SORTABLE and UNF, in alphabetical order: `CASESENSITIVE NOINDEX`. */
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

/** What FT.CREATE was told before SCHEMA, lists joined by blanks; null for what it was not told. */
export interface IndexSettings {
  keyType: string
  prefix: string
  filter: string | null
  language: string | null
  languageField: string | null
  score: number
  scoreField: string | null
  payloadField: string | null
  /** null is RediSearch's own list, '' is none at all. */
  stopwords: string | null
  options: string
}

export interface IndexInfo {
  /** The real name, also when the alias was asked for. */
  name: string
  settings: IndexSettings
  attributes: IndexAttribute[]
  documents: number
  /** 0..1 */
  percentIndexed: number
  indexing: boolean
  /** Cumulative: it does not fall when a document is repaired. */
  failures: number
  /** Newer servers say here that a build ran out of memory and stopped. */
  backgroundStatus: string
  memoryBytes: number
  /** All the time that indexing has taken so far. */
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

// total_index_memory_sz_mb leaves the vector index out, which is nearly all of it.
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
    stopwords: info.stopwords_list === undefined ? null : joined(asArray(info.stopwords_list)),
    // RediSearch itself adds MAXTEXTFIELDS from the 33rd TEXT on, and it changes no answer.
    options: joined(asArray(info.index_options ?? []).filter((option) => option !== 'MAXTEXTFIELDS')),
  }
}

const FLAGS: readonly Reply[] = [
  ...['CASESENSITIVE', 'INDEXEMPTY', 'INDEXMISSING', 'NOINDEX', 'NOSTEM', 'PHONETIC', 'SORTABLE', 'UNF'],
  'WITHSUFFIXTRIE',
]

function parseAttribute(reply: Reply): IndexAttribute {
  const map = asMap(reply)
  // RESP3 lists flags apart. RESP2 appends them to the pairs, of which the first three may have a flag's name for a value.
  const given = Array.isArray(reply) ? reply.slice(6) : asArray(map.flags ?? [])
  const flags = given.filter((flag) => FLAGS.includes(flag))
  return {
    path: asString(map.identifier),
    alias: asString(map.attribute),
    type: asString(map.type),
    sortable: flags.includes('SORTABLE'),
    folded: flags.includes('SORTABLE') && !flags.includes('UNF'),
    flags: joined(flags.filter((flag) => flag !== 'SORTABLE' && flag !== 'UNF')),
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

function joined(words: Reply[]): string {
  return words.map(asString).toSorted().join(' ')
}
