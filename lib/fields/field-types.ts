import { boolean } from './boolean.ts'
import type { FieldType } from './field-type.ts'
import { geo } from './geo.ts'
import { numeric } from './numeric.ts'
import { tag } from './tag.ts'
import { text } from './text.ts'

/** Every type that a declared field may have. */
export const FIELD_TYPES = {
  TEXT: text,
  TAG: tag,
  NUMERIC: numeric,
  GEO: geo,
  BOOLEAN: boolean,
} satisfies Record<string, FieldType>

export type FieldTypeName = keyof typeof FIELD_TYPES

export const FIELD_TYPE_NAMES = Object.keys(FIELD_TYPES).filter(isFieldTypeName)

export function fieldTypeOf({ type }: { type: FieldTypeName }): FieldType {
  return FIELD_TYPES[type]
}

function isFieldTypeName(name: string): name is FieldTypeName {
  return Object.hasOwn(FIELD_TYPES, name)
}
