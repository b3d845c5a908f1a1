import { malformed, tooLarge } from './malformed.ts'
import type { PhysicalType, SchemaElement } from './schema-element.ts'

/** RedisJSON holds 127 levels, and a list takes two levels of a schema. */
const MAX_DEPTH = 254

/** A column or a group of columns in the tree that the schema's elements form. */
export interface SchemaNode extends SchemaElement {
  path: readonly string[]
  children: readonly SchemaNode[]
  /** How many nodes of the path to this one are optional or repeated, itself included. */
  maxDefinition: number
  /** How many nodes of that path are repeated. */
  maxRepetition: number
  /** Its leaves among all leaves of the file: the first, and the one behind the last. */
  firstLeaf: number
  endLeaf: number
}

/** A node that has values, which every row group stores in one column chunk. */
export interface Leaf extends SchemaNode {
  type: PhysicalType
}

export interface Schema {
  /** The columns that a table shows: the children of the root. */
  columns: readonly SchemaNode[]
  leaves: readonly Leaf[]
}

/** @throws AppError FILE_MALFORMED, FILE_TOO_LARGE */
export function schemaOf(elements: readonly SchemaElement[]): Schema {
  const leaves: Leaf[] = []
  let at = 0

  function nextNode(parent: Pick<SchemaNode, 'path' | 'maxDefinition' | 'maxRepetition'>): SchemaNode {
    const element = elements[at++]
    if (element === undefined) throw malformed('as many columns as the groups of the schema say')
    const path = [...parent.path, element.name]
    if (path.length > MAX_DEPTH) throw tooLarge(`columns of at most ${MAX_DEPTH} levels`)
    const levels = {
      path,
      maxDefinition: parent.maxDefinition + (element.repetition === 'REQUIRED' ? 0 : 1),
      maxRepetition: parent.maxRepetition + (element.repetition === 'REPEATED' ? 1 : 0),
      firstLeaf: leaves.length,
    }
    if (element.childCount === 0)
      return nextLeaf({ ...element, ...levels, endLeaf: leaves.length + 1, children: [] })
    const children = nextNodes(element.childCount, levels)
    return { ...element, ...levels, endLeaf: leaves.length, children }
  }

  function nextNodes(count: number, parent: Parameters<typeof nextNode>[0]): SchemaNode[] {
    const nodes: SchemaNode[] = []
    for (let i = 0; i < count; i++) nodes.push(nextNode(parent))
    assertDistinct(nodes)
    return nodes
  }

  function nextLeaf(node: SchemaNode): SchemaNode {
    const { type, length } = node
    if (type === undefined) throw malformed(`columns with a type (${columnOf(node)})`)
    if (type === 'FIXED_LEN_BYTE_ARRAY' && !(length > 0)) {
      throw malformed(`a length of the values of type ${type} (${columnOf(node)})`)
    }
    const leaf = { ...node, type }
    leaves.push(leaf)
    return leaf
  }

  const root = elements[at++]
  const columns = nextNodes(root?.childCount ?? 0, { path: [], maxDefinition: 0, maxRepetition: 0 })
  if (columns.length === 0) throw malformed('at least one column')
  if (at !== elements.length) throw malformed('as many columns as the groups of the schema say')
  return { columns, leaves }
}

/** `column "address.city"`, for messages. A name of any length becomes short. */
export function columnOf({ path }: Pick<SchemaNode, 'path'>): string {
  const name = path.join('.')
  return `column ${JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name)}`
}

/** Of two members with one name, JSON could only keep one. */
function assertDistinct(nodes: readonly SchemaNode[]): void {
  const names = new Set<string>()
  for (const node of nodes) {
    if (names.has(node.name)) throw malformed(`one column of a name, got two (${columnOf(node)})`)
    names.add(node.name)
  }
}
