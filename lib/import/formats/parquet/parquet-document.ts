import type { SchemaTree } from 'hyparquet'
import { isListLike, isMapLike } from 'hyparquet/src/schema.js'
import { AppError } from '../../../errors.ts'
import { isPlainNumber, leafWriter, textOf, unexpected, unlessNull, type Write } from './parquet-values.ts'
import { shortFloat32 } from './short-float32.ts'

/** What has no counterpart in JSON, or none that the decoder gives. */
const UNSUPPORTED = new Set<string | undefined>(['BSON', 'INTERVAL', 'VARIANT', 'GEOMETRY', 'GEOGRAPHY'])

/**
 * Makes a document of each row, as JSON text: of int64 and decimals every digit, of floats as
 * many as make them again.
 *
 * @throws AppError FILE_MALFORMED for a schema of which no document can be made; of a row RECORD_NOT_UTF8
 */
export function parquetDocument({ children }: SchemaTree): (row: readonly unknown[]) => string {
  if (children.length === 0) throw new AppError('FILE_MALFORMED', 'Expected at least one column')
  const members = children.map(
    (child) => [`${JSON.stringify(child.element.name)}:`, writerOf(child)] as const,
  )
  return (row) => objectText(members.map(([name, write], i) => [name, write(row[i])]))
}

function objectText(members: readonly (readonly [name: string, text: string | undefined])[]): string {
  return `{${members.flatMap(([name, text]) => (text === undefined ? [] : name + text)).join(',')}}`
}

function writerOf(node: SchemaTree): Write {
  const write = writerOfOne(node)
  return node.element.repetition_type === 'REPEATED' ? listWriter(node, write) : write
}

function writerOfOne(node: SchemaTree): Write {
  const { element, children } = node
  if (UNSUPPORTED.has(element.logical_type?.type) || UNSUPPORTED.has(element.converted_type)) {
    const type = element.logical_type?.type ?? element.converted_type
    throw new AppError('FILE_MALFORMED', `Expected columns that JSON can say, got one of the type ${type}`)
  }
  const [first] = children
  if (first === undefined) return leafWriter(element)
  const [inner, ...others] = first.children
  if (isListLike(node)) {
    const isWrapped = inner !== undefined && others.length === 0
    return isWrapped ? listWriter(inner, writerOf(inner)) : listWriter(first, writerOfOne(first))
  }
  const [value] = others
  if (isMapLike(node) && value !== undefined) return mapWriter(writerOf(value))
  return structWriter(children)
}

function listWriter({ element: { type } }: SchemaTree, write: Write): Write {
  return unlessNull((value) => {
    if (!Array.isArray(value)) throw unexpected('a list')
    // Most lists are vectors: written at once they take a third of the time.
    if (value.every(isPlainNumber)) return JSON.stringify(type === 'FLOAT' ? value.map(shortFloat32) : value)
    return `[${value.map((element) => write(element) ?? 'null').join(',')}]`
  })
}

function structWriter(children: readonly SchemaTree[]): Write {
  const members = children.map((child) => {
    const { name } = child.element
    return { name, label: `${JSON.stringify(name)}:`, write: writerOf(child) }
  })
  return unlessNull((value) => {
    if (typeof value !== 'object' || value === null) throw unexpected('an object')
    return objectText(
      members.map(({ name, label, write }) => [
        label,
        write(Object.getOwnPropertyDescriptor(value, name)?.value),
      ]),
    )
  })
}

function mapWriter(write: Write): Write {
  return unlessNull((value) => {
    if (typeof value !== 'object' || value === null) throw unexpected('a map')
    return objectText(
      Object.entries(value).map(([key, inner]) => [`${textOf(key)}:`, write(inner) ?? 'null']),
    )
  })
}
