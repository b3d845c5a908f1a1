import {
  type FieldDefinition,
  INDEXED,
  type IndexDefinition,
  type VectorDefinition,
} from '../../definition.ts'
import { fieldTypeOf } from '../../fields/field-types.ts'
import type { Command } from '../redis.ts'

/** FT.CREATE answers before the index is built: users that are stored already are indexed in the background. */
export function ftCreateArgs(index: string, { prefix, storage, fields, vector }: IndexDefinition): Command {
  const { keyType, identifier } = INDEXED[storage]
  return [
    ['FT.CREATE', index, 'ON', keyType, 'PREFIX', '1', prefix, 'SCHEMA'],
    ...fields.map((field) => [identifier(field), 'AS', field.alias, ...fieldArgs(field)]),
    [identifier(vector), 'AS', vector.alias, ...vectorArgs(vector)],
  ].flat()
}

/** Each attribute has an alias: without one, `@labels:{road}` matches no user, and RediSearch reports no error. */
function fieldArgs(field: FieldDefinition): string[] {
  // Without UNF, RediSearch answers a hash's sortable field in small letters. On JSON, SORTABLE implies UNF.
  return [...fieldTypeOf(field).createArgs(field), ...(field.sortable ? ['SORTABLE', 'UNF'] : [])]
}

function vectorArgs({ dimensions, metric, algorithm, type, m, efConstruction }: VectorDefinition): string[] {
  const attributes = ['TYPE', type, 'DIM', String(dimensions), 'DISTANCE_METRIC', metric]
  if (algorithm === 'HNSW') attributes.push('M', String(m), 'EF_CONSTRUCTION', String(efConstruction))
  return ['VECTOR', algorithm, String(attributes.length), ...attributes]
}
