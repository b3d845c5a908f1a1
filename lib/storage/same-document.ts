import { VECTOR_TYPES, type VectorType } from '../fields/vector-types.ts'
import type { Vector } from '../vector.ts'
import { isExactAll, isIntegerText, parseExact, rawText } from './exact-json.ts'
import { valueAt } from './json-path.ts'
import type { User } from './storage.ts'

/**
 * Whether a stored document equals a record, so that no write is needed. To write an identical vector costs HNSW up
 * to three times its first insertion. Whole numbers are compared digit by digit (9007199254740993). Vectors are
 * compared in the index's type, because RedisJSON changes the last digit of some doubles.
 */
export function isSameRecord(
  stored: string,
  { document, value, vector }: Pick<User, 'document' | 'value' | 'vector'>,
  vectorSteps: readonly string[],
  type: VectorType,
): boolean {
  // Most equal documents have identical texts, and need no parsing.
  if (stored === document.toString()) return true
  return isExactAll(value, valueAt(value, vectorSteps))
    ? isSameDocument(JSON.parse(stored), value, { vector, vectorSteps, type })
    : isSameDocument(parseExact(stored), parseExact(document.toString()), { vector, vectorSteps, type })
}

/** The record's vector, and where a document has it. */
interface RecordVector {
  vector: Vector
  vectorSteps: readonly string[]
  type: VectorType
}

function isSameDocument(
  stored: unknown,
  record: unknown,
  { vector, vectorSteps, type }: RecordVector,
): boolean {
  const [step, ...steps] = vectorSteps
  if (step === undefined) return isSameVector(stored, vector, type)
  if (!isObject(stored) || !isObject(record)) return false
  const names = Object.keys(record)
  if (Object.keys(stored).length !== names.length) return false
  return names.every((name) => {
    if (!Object.hasOwn(stored, name)) return false
    return name === step
      ? isSameDocument(stored[name], record[name], { vector, vectorSteps: steps, type })
      : isSameValue(stored[name], record[name])
  })
}

function isSameVector(stored: unknown, vector: Vector, type: VectorType): boolean {
  if (!Array.isArray(stored) || stored.length !== vector.length) return false
  const { isSame } = VECTOR_TYPES[type]
  return vector.every((component: number, i: number) => isSame(component, numberOf(stored[i])))
}

function isSameValue(stored: unknown, record: unknown): boolean {
  if (typeof record === 'number' || JSON.isRawJSON(record)) return isSameNumber(stored, record)
  if (Array.isArray(record)) {
    if (!Array.isArray(stored) || stored.length !== record.length) return false
    return record.every((element, i) => isSameValue(stored[i], element))
  }
  if (!isObject(record)) return stored === record
  if (!isObject(stored)) return false
  const names = Object.keys(record)
  if (Object.keys(stored).length !== names.length) return false
  return names.every((name) => Object.hasOwn(stored, name) && isSameValue(stored[name], record[name]))
}

function isSameNumber(stored: unknown, record: unknown): boolean {
  if (typeof stored === 'number' && typeof record === 'number') return Object.is(stored, record)
  const [one, other] = [stored, record].map((value) => rawText(value) ?? JSON.stringify(value))
  if (one !== undefined && other !== undefined && isIntegerText(one) && isIntegerText(other)) {
    return BigInt(one) === BigInt(other)
  }
  const number = numberOf(stored)
  return !Number.isNaN(number) && Object.is(number, numberOf(record))
}

/** A number, or a raw number of `parseExact`, as a double. */
function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : Number(rawText(value))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
