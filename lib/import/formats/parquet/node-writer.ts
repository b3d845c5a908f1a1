import type { LeafRow } from './leaf-rows.ts'
import { assertSupported, type LeafText, leafText, valueFault } from './leaf-text.ts'
import { malformed } from './malformed.ts'
import { isPlainNumber } from './number-text.ts'
import { definitionOf, passNull, repetitionsOf } from './row-levels.ts'
import { columnOf, type Leaf, type SchemaNode } from './schema.ts'
import { shortFloat32 } from './short-float32.ts'

/** The next part of the row as JSON text; `undefined` for null, which is no member of its object. */
export type Write = () => string | undefined

export interface WriterContext {
  /** The part of the row that each leaf has read. */
  rows: readonly LeafRow[]
  leaves: readonly Leaf[]
  isNumeric(path: string): boolean
}

/**
 * Writes a node of the schema. Each call takes the levels of one value from the node's leaves, in the way of Dremel's
 * record assembly: the first leaf's levels say whether the node is null, and whether a list continues.
 *
 * @param path the member that the node becomes
 * @throws AppError FILE_MALFORMED for a type that is not read
 */
export function nodeWriter(node: SchemaNode, path: string, context: WriterContext): Write {
  const write = valueWriter(node, path, context)
  return node.repetition === 'REPEATED' ? listWriter(node, node, write, context) : write
}

/** A node without its own repetition, that is the element of a list when it is repeated. */
function valueWriter(node: SchemaNode, path: string, context: WriterContext): Write {
  assertSupported(node)
  if (node.children.length === 0) return leafWriter(node, path, context)
  const write = groupWriter(node, path, context)
  const leaves = context.rows.slice(node.firstLeaf, node.endLeaf)
  const [first] = leaves
  return () => {
    if (definitionOf(first) >= node.maxDefinition) return write()
    for (const leaf of leaves) passNull(leaf, node.maxRepetition)
    return undefined
  }
}

function groupWriter(node: SchemaNode, path: string, context: WriterContext): Write {
  const [repeated, ...others] = node.children
  const kind = node.annotation?.name
  if (repeated?.repetition === 'REPEATED' && others.length === 0) {
    const [key, value, ...more] = repeated.children
    if (kind === 'LIST') {
      const element = elementOf(node, repeated)
      const writer = element === repeated ? valueWriter : nodeWriter
      return listWriter(repeated, element, writer(element, path, context), context)
    }
    if (kind === 'MAP' && key !== undefined && value !== undefined && more.length === 0) {
      return mapWriter(repeated, key, nodeWriter(value, path, context), path, context)
    }
  }
  return structWriter(node.children, path, context)
}

/** The rules for older lists: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
function elementOf(list: SchemaNode, repeated: SchemaNode): SchemaNode {
  const [element, ...others] = repeated.children
  const isElementItself =
    others.length > 0 ||
    element?.repetition === 'REPEATED' ||
    repeated.name === 'array' ||
    repeated.name === `${list.name}_tuple`
  return isElementItself ? repeated : (element ?? repeated)
}

function leafWriter(node: SchemaNode, path: string, { rows, leaves, isNumeric }: WriterContext): Write {
  const row = rows[node.firstLeaf]
  const leaf = leaves[node.firstLeaf]
  if (row === undefined || leaf === undefined) throw malformed('a leaf for each column')
  // A column of this type has no values.
  const isNull = leaf.annotation?.name === 'UNKNOWN'
  const write: LeafText = isNull ? () => 'null' : leafText(leaf, { path, isNumeric: isNumeric(path) })
  return () => {
    const isPresent = definitionOf(row) === leaf.maxDefinition
    row.level++
    return isPresent ? write(row.values[row.value++]) : undefined
  }
}

function structWriter(children: readonly SchemaNode[], path: string, context: WriterContext): Write {
  const members = children.map((child) => ({
    label: `${JSON.stringify(child.name)}:`,
    write: nodeWriter(child, `${path}.${child.name}`, context),
  }))
  return () => {
    let texts = ''
    for (const { label, write } of members) {
      const text = write()
      if (text !== undefined) texts += `${texts === '' ? '' : ','}${label}${text}`
    }
    return `{${texts}}`
  }
}

function listWriter(
  repeated: SchemaNode,
  element: SchemaNode,
  writeElement: Write,
  context: WriterContext,
): Write {
  const writeNumbers = numbersWriter(element, context)
  const each = repetitionsOf(repeated, context.rows)
  return () => {
    const numbers = writeNumbers()
    if (numbers !== undefined) return numbers
    const texts: string[] = []
    each(() => texts.push(writeElement() ?? 'null'))
    return `[${texts.join(',')}]`
  }
}

function mapWriter(
  repeated: SchemaNode,
  key: SchemaNode,
  writeValue: Write,
  path: string,
  context: WriterContext,
): Write {
  if (key.children.length > 0) throw malformed(`maps with keys that are texts or numbers (${columnOf(key)})`)
  const writeKey = nodeWriter(key, path, context)
  const each = repetitionsOf(repeated, context.rows)
  return () => {
    // Of two entries with one key the last counts, as it does in a map.
    const members = new Map<string, string>()
    each(() => {
      const name = writeKey()
      const value = writeValue() ?? 'null'
      if (name === undefined)
        throw valueFault('VALUE_INVALID', path, `Expected keys in ${columnOf(key)}, got null`)
      members.set(name.startsWith('"') ? name : `"${name}"`, value)
    })
    return `{${Array.from(members, ([name, value]) => `${name}:${value}`).join(',')}}`
  }
}

/** Most lists are vectors. Those are written at once, in a third of the time; `undefined` for any other list. */
function numbersWriter({ firstLeaf, children, maxRepetition }: SchemaNode, context: WriterContext): Write {
  const row = context.rows[firstLeaf]
  const leaf = context.leaves[firstLeaf]
  const isNumber = leaf?.annotation === undefined && (leaf?.type === 'FLOAT' || leaf?.type === 'DOUBLE')
  if (row === undefined || !isNumber || children.length > 0 || maxRepetition !== 1) return () => undefined
  return () => {
    if (row.level > 0 || row.valueCount < row.levelCount) return undefined
    const numbers: number[] = []
    for (let i = 0; i < row.valueCount; i++) {
      const value = row.values[i]
      if (!isPlainNumber(value)) return undefined
      numbers.push(leaf.type === 'FLOAT' ? shortFloat32(value) : value)
    }
    row.level = row.levelCount
    row.value = row.valueCount
    return JSON.stringify(numbers)
  }
}
