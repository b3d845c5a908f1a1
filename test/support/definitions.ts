import { defineIndex } from '../../lib/definition.ts'
import { FIELD_TYPE_NAMES, type FieldTypeName } from '../../lib/fields/field-types.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'

const PLACES: Record<FieldTypeName, { path: string; alias: string }> = {
  TEXT: { path: '$.descr', alias: 'descr' },
  TAG: { path: '$.labels', alias: 'labels' },
  NUMERIC: { path: '$.age', alias: 'age' },
  GEO: { path: '$.address.position', alias: 'place' },
  BOOLEAN: { path: '$.subscribed', alias: 'subscribed' },
}

/** The bike shop with a field of every type, and one that no answer shows. */
export const everyType = defineIndex(INDEX_DEFINITION, {
  fields: [
    ...FIELD_TYPE_NAMES.map((type) => ({ ...PLACES[type], type })),
    { path: '$.income', alias: 'income', type: 'NUMERIC', returned: false },
  ],
})
