import type { JsonSchema } from '@valibot/to-json-schema'

type Nested = JsonSchema | boolean

/**
 * A JSON schema in the words from which generators make clients that work. Each rule avoids a fault of one of them
 * (openapi-typescript 7.13, openapi-python-client 0.29, openapi-generator 7.23):
 * - `default` becomes a description. openapi-typescript makes every member with a default required.
 * - `anyOf` becomes `oneOf`, since our unions exclude each other. openapi-generator merges `anyOf` into one class.
 * - A union in a union becomes one union. openapi-generator's client of typescript-fetch does not compile otherwise.
 * - `const` becomes `enum`. openapi-python-client leaves out a route that has a constant header.
 * - An empty `enum` becomes the empty text, which is no name. openapi-python-client refuses a document with one.
 * - `prefixItems` becomes `items` of one type. openapi-python-client refuses a document with `items: false`.
 */
export function portable(schema: JsonSchema): JsonSchema {
  const { anyOf, const: constant, default: initial, prefixItems, ...rest } = schema
  const { oneOf = anyOf, allOf, not, items, properties, additionalProperties, enum: values } = rest
  if (values?.length === 0) return { type: 'string', maxLength: 0, description: 'There is none' }
  return {
    ...rest,
    ...(oneOf && { oneOf: oneOf.map(nested).flatMap(members) }),
    ...(allOf && { allOf: allOf.map(nested) }),
    ...(not !== undefined && { not: nested(not) }),
    ...(items !== undefined && !Array.isArray(items) && { items: nested(items) }),
    ...(properties && { properties: mapValues(properties) }),
    ...(additionalProperties !== undefined && { additionalProperties: nested(additionalProperties) }),
    ...(constant !== undefined && { enum: [constant] }),
    ...(prefixItems && tuple(prefixItems)),
    ...(initial !== undefined && { description: withDefault(rest.description, JSON.stringify(initial)) }),
  }
}

function nested(schema: Nested): Nested {
  return typeof schema === 'boolean' ? schema : portable(schema)
}

/** Those of a union without a name; anything else is itself. */
function members(schema: Nested): Nested[] {
  return typeof schema === 'object' && schema.oneOf !== undefined ? schema.oneOf : [schema]
}

function mapValues(properties: Record<string, Nested>): Record<string, Nested> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, nested(schema)]))
}

function tuple(elements: Nested[]): JsonSchema {
  const types = new Set(elements.map((element) => (typeof element === 'boolean' ? undefined : element.type)))
  const [type] = types
  if (types.size !== 1 || type === undefined)
    throw new Error(`Expected a tuple of one type, got ${[...types].join(', ')}`)
  return { items: { type }, minItems: elements.length, maxItems: elements.length }
}

function withDefault(description: string | undefined, initial: string): string {
  return description === undefined ? `Default: ${initial}` : `${description}. Default: ${initial}`
}
