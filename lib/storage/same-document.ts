import { VECTOR_TYPES, type VectorType } from '../fields/vector-types.ts'
import { isExact } from './exact-json.ts'

/**
 * Whether a stored document says the same as a record, so that it need not be written: to write an identical vector
 * costs HNSW up to three times its first insertion. Numbers of the vector are compared in the index's type, since
 * RedisJSON changes the last digit of some doubles (in 38 % of real records). In doubt they differ: a number that a
 * double may not hold exactly (9007199254740993) is one.
 */
export function isSameDocument(
  stored: unknown,
  record: unknown,
  vectorSteps: readonly string[],
  type: VectorType,
): boolean {
  const [step, ...steps] = vectorSteps
  if (step === undefined) return isSameVector(stored, record, type)
  if (!isObject(stored) || !isObject(record)) return false
  const names = Object.keys(record)
  if (Object.keys(stored).length !== names.length) return false
  return names.every((name) => {
    if (!Object.hasOwn(stored, name)) return false
    return name === step
      ? isSameDocument(stored[name], record[name], steps, type)
      : isSameValue(stored[name], record[name])
  })
}

function isSameVector(stored: unknown, record: unknown, type: VectorType): boolean {
  if (!Array.isArray(stored) || !Array.isArray(record) || stored.length !== record.length) return false
  const { isSame } = VECTOR_TYPES[type]
  return record.every((component, i) => isSame(component, stored[i]))
}

function isSameValue(stored: unknown, record: unknown): boolean {
  if (typeof record === 'number') return stored === record && isExact(record)
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

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
