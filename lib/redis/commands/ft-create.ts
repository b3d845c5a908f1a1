import type { FieldDefinition, IndexDefinition, VectorDefinition } from '../../definition.ts'
import type { Command } from '../redis.ts'

/** FT.CREATE answers before the index is built: documents that exist already are indexed in the background. */
export function ftCreateArgs(index: string, { prefix, fields, vector }: IndexDefinition): Command {
  return [
    ['FT.CREATE', index, 'ON', 'JSON', 'PREFIX', '1', prefix],
    ['SCHEMA', ...fields.flatMap(fieldArgs), ...vectorArgs(vector)],
  ].flat()
}

/** Each attribute has an alias: without one, `@labels:{road}` finds nobody and says nothing. */
function fieldArgs({ path, alias, type, separator, sortable }: FieldDefinition): string[] {
  const separatorArgs = type === 'TAG' ? ['SEPARATOR', separator] : []
  return [path, 'AS', alias, type, ...separatorArgs, ...(sortable ? ['SORTABLE'] : [])]
}

function vectorArgs({
  path,
  alias,
  dimensions,
  metric,
  algorithm,
  type,
  m,
  efConstruction,
}: VectorDefinition): string[] {
  const attributes = ['TYPE', type, 'DIM', String(dimensions), 'DISTANCE_METRIC', metric]
  if (algorithm === 'HNSW') attributes.push('M', String(m), 'EF_CONSTRUCTION', String(efConstruction))
  return [path, 'AS', alias, 'VECTOR', algorithm, String(attributes.length), ...attributes]
}
