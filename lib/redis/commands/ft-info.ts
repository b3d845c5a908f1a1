import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

/** One attribute of a live index, in RediSearch's own words. Members that its type does not have are absent. */
export interface IndexAttribute {
  path: string
  alias: string
  type: string
  sortable: boolean
  separator?: string
  algorithm?: string
  dataType?: string
  dimensions?: number
  metric?: string
  m?: number
  efConstruction?: number
}

export interface IndexInfo {
  /** The real name, also when the alias was asked for. */
  name: string
  keyType: string
  prefixes: string[]
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
}

export function ftInfoArgs(name: string): Command {
  return ['FT.INFO', name]
}

export function parseFtInfo(reply: Reply): IndexInfo {
  const info = asMap(reply)
  const definition = asMap(info.index_definition)
  const errors = info['Index Errors'] === undefined ? {} : asMap(info['Index Errors'])
  return {
    name: asString(info.index_name),
    keyType: asString(definition.key_type),
    prefixes: asArray(definition.prefixes).map(asString),
    attributes: asArray(info.attributes).map(parseAttribute),
    documents: asNumber(info.num_docs),
    percentIndexed: asNumber(info.percent_indexed),
    indexing: asNumber(info.indexing) !== 0,
    failures: asNumber(info.hash_indexing_failures),
    backgroundStatus: asString(errors['background indexing status'] ?? 'OK'),
    memoryBytes: Math.round(
      MEMORY_PARTS.reduce((sum, part) => sum + asNumber(info[part] ?? 0), 0) * 1024 * 1024,
    ),
  }
}

// total_index_memory_sz_mb leaves the vector index out, which is nearly all of it.
const MEMORY_PARTS = ['total_index_memory_sz_mb', 'vector_index_sz_mb']

function parseAttribute(reply: Reply): IndexAttribute {
  const map = asMap(reply)
  // RESP3 lists flags apart, RESP2 appends them to the pairs.
  const flags = Array.isArray(reply) ? reply : asArray(map.flags ?? [])
  return {
    path: asString(map.identifier),
    alias: asString(map.attribute),
    type: asString(map.type),
    sortable: flags.includes('SORTABLE'),
    ...(map.SEPARATOR !== undefined && { separator: asString(map.SEPARATOR) }),
    ...(map.algorithm !== undefined && { algorithm: asString(map.algorithm) }),
    ...(map.data_type !== undefined && { dataType: asString(map.data_type) }),
    ...(map.dim !== undefined && { dimensions: asNumber(map.dim) }),
    ...(map.distance_metric !== undefined && { metric: asString(map.distance_metric) }),
    ...(map.M !== undefined && { m: asNumber(map.M) }),
    ...(map.ef_construction !== undefined && { efConstruction: asNumber(map.ef_construction) }),
  }
}
