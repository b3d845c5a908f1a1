import type { JsonSchema } from '@valibot/to-json-schema'

type NestedSchema = JsonSchema | boolean

/** Members that narrow a value, and that TypeScript cannot express. */
const WITHOUT_TYPE = [
  'description',
  'format',
  'contentEncoding',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minItems',
  'maxItems',
  'minProperties',
  'propertyNames',
]
const WITH_TYPE = [
  '$ref',
  'type',
  'pattern',
  'enum',
  'oneOf',
  'items',
  'properties',
  'required',
  'additionalProperties',
]

/**
 * Writes a JSON schema as a TypeScript type. It throws for members that it does not know: a type that is weaker than
 * its schema would go unnoticed.
 */
export function typeText(schema: NestedSchema): string {
  if (typeof schema === 'boolean') return 'unknown'
  const others = Object.keys(schema).filter((key) => !WITHOUT_TYPE.includes(key) && !WITH_TYPE.includes(key))
  if (others.length > 0) throw new Error(`Expected a schema without ${others.join(', ')}`)
  const { $ref, type, enum: values, oneOf, items = true, properties } = schema
  if ($ref !== undefined) return $ref.replace('#/components/schemas/', '')
  if (values !== undefined) return union(values.map((value) => JSON.stringify(value)))
  if (oneOf !== undefined) return union(oneOf.map(typeText))
  if (type === 'array' && !Array.isArray(items)) return listOf(items)
  if (type === 'object' || properties !== undefined) return objectText(schema)
  if (type === undefined) return 'unknown'
  if (type === 'string') return stringText(schema)
  if (Array.isArray(type)) throw new Error(`Expected a schema with one type, got ${type.join(', ')}`)
  return type === 'integer' ? 'number' : type
}

/** A description as a comment, for the line above its member. */
export function comment(description: string | undefined): string {
  return description === undefined ? '' : `/** ${description.replaceAll('*/', '*\\/')} */\n`
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(' | ')
}

/** Turns `^(continue|max-errors=(0|[1-9]\d{0,8}))$` into a union of literals. Any other pattern stays `string`. */
function stringText({ pattern = '' }: JsonSchema): string {
  const [, inner = ''] = /^\^\((.*)\)\$$/.exec(pattern) ?? []
  const alternatives = inner.replaceAll('(0|[1-9]\\d{0,8})', `\${number}`).split('|')
  const areLiterals = alternatives.every((one) => /^[a-z-]+(=\$\{number\})?$/.test(one))
  return areLiterals ? union(alternatives.map((one) => `\`${one}\``)) : 'string'
}

function listOf(items: NestedSchema): string {
  const isUnion = typeof items !== 'boolean' && (items.oneOf ?? items.enum) !== undefined
  return isUnion ? `(${typeText(items)})[]` : `${typeText(items)}[]`
}

function objectText({ properties = {}, required = [], additionalProperties }: JsonSchema): string {
  // A request refuses unknown members. JSON omits a member that is undefined, so a caller may pass one.
  const absent = additionalProperties === false ? ' | undefined' : ''
  const members = Object.entries(properties).map(([name, schema]) => {
    const isRequired = required.includes(name)
    const description = typeof schema === 'boolean' ? undefined : schema.description
    const type = typeText(schema)
    return {
      text: `${comment(description)}${name}${isRequired ? `: ${type}` : `?: ${type}${absent}`}`,
      types: isRequired ? [type] : [type, 'undefined'],
    }
  })
  const lines = members.map(({ text }) => text)
  if (additionalProperties !== undefined && additionalProperties !== false) {
    const type = typeText(additionalProperties)
    // An index signature must allow the types of all other members.
    const types = type === 'unknown' ? [type] : [type, ...members.flatMap(({ types }) => types)]
    lines.push(`[name: string]: ${union(types)}`)
  }
  return `{\n${lines.join('\n').replaceAll(/^(?=.)/gm, '  ')}\n}`
}
