import * as v from 'valibot'
import type { FieldDefinition, IndexDefinition } from '../definition.ts'
import { fieldTypeOf } from '../fields/field-types.ts'
import { pathSteps } from '../storage/json-path.ts'

/** Members by name. Each may have members of its own, as the paths of a definition require. */
interface Tree {
  schema?: v.GenericSchema
  isRequired: boolean
  members: Map<string, Tree>
}

/**
 * The schema of a user's record, for the description of the API. `createRecordCheck` checks records. A member outside
 * the definition is stored as received.
 */
export function recordSchema(definition: IndexDefinition, components: v.GenericSchema) {
  return objectOf(treeOf(definition, components, true))
}

/**
 * The schema of a record in answers, without private fields. Another definition may have accepted the record, so each
 * member may be absent.
 */
export function storedRecordSchema(definition: IndexDefinition, components: v.GenericSchema) {
  return objectOf(treeOf(definition, components, false))
}

function treeOf(
  { fields, vector, storage }: IndexDefinition,
  components: v.GenericSchema,
  isNew: boolean,
): Tree {
  const root: Tree = { isRequired: true, members: new Map() }
  put(root, ['id'], v.union([v.string(), v.number()]), false)
  const shown = isNew ? fields : fields.filter(({ returned }) => returned)
  for (const field of shown) put(root, pathSteps(field.path), valueSchema(field, storage), false)
  put(root, pathSteps(vector.path), components, isNew)
  return root
}

function put(
  tree: Tree,
  [step = '', ...steps]: readonly string[],
  schema: v.GenericSchema,
  isRequired: boolean,
) {
  const member: Tree = tree.members.get(step) ?? { isRequired: false, members: new Map() }
  tree.members.set(step, member)
  if (isRequired) member.isRequired = true
  if (steps.length > 0) put(member, steps, schema, isRequired)
  else member.schema = schema
}

function objectOf({ members }: Tree) {
  const entries = [...members].map(([name, tree]): [string, v.GenericSchema] => {
    const schema = tree.members.size > 0 ? objectOf(tree) : (tree.schema ?? v.unknown())
    return [name, tree.isRequired ? schema : v.exactOptional(schema)]
  })
  return v.looseObject(Object.fromEntries(entries))
}

/** The values that RediSearch indexes in the field. A user without the field is indexed, too. */
function valueSchema(field: FieldDefinition, storage: IndexDefinition['storage']): v.GenericSchema {
  const { schema, schemaInList = schema, listsIn, emptyLists } = fieldTypeOf(field).indexable
  if (!listsIn.includes(storage)) return v.nullable(schema)
  const list = v.pipe(v.array(schemaInList), v.minLength(field.sortable || !emptyLists ? 1 : 0))
  return v.nullable(v.union([schema, list]))
}
