import { isUtf8 } from 'node:buffer'
import { malformed } from './malformed.ts'
import { binary, boolean, type Decode, integer, present, struct } from './thrift.ts'

const PHYSICAL_TYPES = [
  'BOOLEAN',
  'INT32',
  'INT64',
  'INT96',
  'FLOAT',
  'DOUBLE',
  'BYTE_ARRAY',
  'FIXED_LEN_BYTE_ARRAY',
] as const
export type PhysicalType = (typeof PHYSICAL_TYPES)[number]

const REPETITIONS = ['REQUIRED', 'OPTIONAL', 'REPEATED'] as const

/** The meaning of a column's values, from its logical type or else from the older converted type. */
export interface Annotation {
  name: string
  /** Of a DECIMAL: how many of its digits are behind the point. */
  scale?: number
  /** Of a TIME or a TIMESTAMP: how many digits a fraction of a second has. */
  digits?: number
  isUnsigned?: boolean
}

/** One line of the schema. The footer lists a group before its members. */
export interface SchemaElement {
  name: string
  /** A group has none. */
  type: PhysicalType | undefined
  /** Of FIXED_LEN_BYTE_ARRAY, in bytes. */
  length: number
  repetition: (typeof REPETITIONS)[number]
  childCount: number
  annotation: Annotation | undefined
}

const CONVERTED: readonly Annotation[] = [
  { name: 'STRING' },
  { name: 'MAP' },
  { name: 'MAP' },
  { name: 'LIST' },
  { name: 'ENUM' },
  { name: 'DECIMAL' },
  { name: 'DATE' },
  { name: 'TIME', digits: 3 },
  { name: 'TIME', digits: 6 },
  { name: 'TIMESTAMP', digits: 3 },
  { name: 'TIMESTAMP', digits: 6 },
  ...[8, 16, 32, 64].map(() => ({ name: 'INTEGER', isUnsigned: true })),
  ...[8, 16, 32, 64].map(() => ({ name: 'INTEGER' })),
  { name: 'JSON' },
  { name: 'BSON' },
  { name: 'INTERVAL' },
]

const timed = struct({
  unit: [2, struct({ MILLIS: [1, present], MICROS: [2, present], NANOS: [3, present] })],
})

/** A union: one of the fields is present. */
const logicalType = struct({
  STRING: [1, present],
  MAP: [2, present],
  LIST: [3, present],
  ENUM: [4, present],
  DECIMAL: [5, struct({ scale: [1, integer] })],
  DATE: [6, present],
  TIME: [7, timed],
  TIMESTAMP: [8, timed],
  INTEGER: [10, struct({ isSigned: [2, boolean] })],
  UNKNOWN: [11, present],
  JSON: [12, present],
  BSON: [13, present],
  UUID: [14, present],
  FLOAT16: [15, present],
  VARIANT: [16, present],
  GEOMETRY: [17, present],
  GEOGRAPHY: [18, present],
})

const rawElement = struct({
  type: [1, integer],
  length: [2, integer],
  repetition: [3, integer],
  name: [4, binary],
  childCount: [5, integer],
  converted: [6, integer],
  scale: [7, integer],
  logical: [10, logicalType],
})

export const schemaElement: Decode<SchemaElement> = (input, thriftType) => {
  const raw = rawElement(input, thriftType)
  const converted =
    raw.converted === undefined ? undefined : oneOf(CONVERTED, raw.converted, 'converted type')
  const scaled = converted?.name === 'DECIMAL' ? { ...converted, scale: raw.scale ?? 0 } : converted
  return {
    name: columnName(raw.name ?? Buffer.alloc(0)),
    type: raw.type === undefined ? undefined : oneOf(PHYSICAL_TYPES, raw.type, 'physical type'),
    length: raw.length ?? 0,
    repetition: oneOf(REPETITIONS, raw.repetition ?? 0, 'repetition'),
    childCount: raw.childCount ?? 0,
    annotation: annotationOf(raw.logical ?? {}) ?? scaled,
  }
}

/** A logical type that Parquet defines later has no name here. Its values are read as their physical type says. */
function annotationOf(logical: ReturnType<typeof logicalType>): Annotation | undefined {
  const { DECIMAL, TIME, TIMESTAMP, INTEGER } = logical
  const { unit } = TIME ?? TIMESTAMP ?? {}
  const [name] = Object.keys(logical)
  return name === undefined
    ? undefined
    : {
        name,
        ...(DECIMAL && { scale: DECIMAL.scale ?? 0 }),
        ...(unit && { digits: unit.NANOS ? 9 : unit.MICROS ? 6 : 3 }),
        ...(INTEGER && { isUnsigned: INTEGER.isSigned === false }),
      }
}

export const physicalType: Decode<PhysicalType> = (input, type) =>
  oneOf(PHYSICAL_TYPES, integer(input, type), 'physical type')

/** The name that an enumeration of Parquet gives to a number. */
export function oneOf<T>(names: readonly T[], id: number, what: string): T {
  const name = names[id]
  if (name === undefined) throw malformed(`a ${what} that Parquet defines, got number ${id}`)
  return name
}

export function columnName(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw malformed('names of columns in UTF-8')
  return bytes.toString()
}
