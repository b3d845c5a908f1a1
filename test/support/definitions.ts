import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'

/** The bike shop with a field of every type, and one that no answer shows. */
export const everyType = defineIndex(INDEX_DEFINITION, {
  fields: [
    ...INDEX_DEFINITION.fields,
    { path: '$.age', alias: 'age', type: 'NUMERIC' },
    { path: '$.address.position', alias: 'place', type: 'GEO' },
    { path: '$.income', alias: 'income', type: 'NUMERIC', returned: false },
  ],
})
