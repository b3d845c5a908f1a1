import {
  type FieldDefinition,
  INDEX_SOURCES,
  type IndexDefinition,
  type VectorDefinition,
} from '../../definition.ts'
import { fieldTypeOf } from '../../fields/field-types.ts'
import type { Command } from '../redis.ts'

/** FT.CREATE answers before the index is built. RediSearch indexes existing users in the background. */
export function ftCreateArgs(index: string, { prefix, storage, fields, vector }: IndexDefinition): Command {
  const { keyType, identifier } = INDEX_SOURCES[storage]
  return [
    ['FT.CREATE', index, 'ON', keyType, 'PREFIX', '1', prefix, 'SCHEMA'],
    ...fields.map((field) => [identifier(field), 'AS', field.alias, ...toFieldArgs(field)]),
    [identifier(vector), 'AS', vector.alias, ...toVectorArgs(vector)],
  ].flat()
}

/** Each attribute has an alias: without one, `@labels:{road}` matches no user, and RediSearch reports no error. */
function toFieldArgs(field: FieldDefinition): string[] {
  // Without UNF, RediSearch returns a hash's sortable field in lower case. On JSON, SORTABLE implies UNF.
  return [...fieldTypeOf(field).createArgs(field), ...(field.sortable ? ['SORTABLE', 'UNF'] : [])]
}

function toVectorArgs({
  dimensions,
  metric,
  algorithm,
  type,
  m,
  efConstruction,
}: VectorDefinition): string[] {
  const attributes = ['TYPE', type, 'DIM', String(dimensions), 'DISTANCE_METRIC', metric]
  if (algorithm === 'HNSW') attributes.push('M', String(m), 'EF_CONSTRUCTION', String(efConstruction))
  return ['VECTOR', algorithm, String(attributes.length), ...attributes]
}
