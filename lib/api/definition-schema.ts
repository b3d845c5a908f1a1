import * as v from 'valibot'
import { FIELD_TYPE_NAMES } from '../fields/field-types.ts'
import { VECTOR_TYPE_NAMES } from '../fields/vector-types.ts'

/** The definition in force, with its defaults, as `GET /index/definition` shows it. */
export const DefinitionSchema = v.object({
  name: v.string(),
  prefix: v.string(),
  storage: v.picklist(['json', 'hash']),
  fields: v.array(
    v.object({
      path: v.string(),
      alias: v.string(),
      type: v.picklist(FIELD_TYPE_NAMES),
      separator: v.string(),
      sortable: v.boolean(),
      returned: v.pipe(v.boolean(), v.description('Whether answers may contain the field')),
      filterable: v.pipe(v.boolean(), v.description('Whether filters may name the field')),
    }),
  ),
  vector: v.object({
    path: v.string(),
    alias: v.string(),
    dimensions: v.number(),
    metric: v.picklist(['COSINE', 'L2', 'IP']),
    algorithm: v.picklist(['HNSW', 'FLAT']),
    type: v.picklist(VECTOR_TYPE_NAMES),
    m: v.number(),
    efConstruction: v.number(),
    recallTarget: v.number(),
    exactComponents: v.number(),
  }),
})
