import type { FieldTypeName } from '../../../lib/fields/field-types.ts'
import { booleans } from './booleans.ts'
import type { FieldKind } from './field-kind.ts'
import { numbers } from './numbers.ts'
import { places } from './places.ts'
import { tags } from './tags.ts'
import { words } from './words.ts'

export const FIELD_KINDS: Record<FieldTypeName, FieldKind> = {
  TEXT: words,
  TAG: tags,
  NUMERIC: numbers,
  GEO: places,
  BOOLEAN: booleans,
}
