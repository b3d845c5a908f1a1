import type { JsonSchema } from '@valibot/to-json-schema'

type Nested = JsonSchema | boolean

/**
 * Rewrites a JSON schema so that generators create working clients. Each rule avoids a fault of one of them
 * (openapi-typescript 7.13, openapi-python-client 0.29, openapi-generator 7.23):
 * - `default` becomes a description. openapi-typescript makes every member with a default required.
 * - `anyOf` becomes `oneOf`, because our unions exclude each other. openapi-generator merges `anyOf` into one class.
 * - A union in a union becomes one union. The client of openapi-generator's typescript-fetch does not compile
 * otherwise.
 * - `const` becomes `enum`. openapi-python-client leaves out a route with a constant header.
 * - An empty `enum` becomes the empty text, which no field has as its name. openapi-python-client refuses a document
 * with an empty `enum`.
 * - `prefixItems` becomes `items` of one type. openapi-python-client refuses a document with `items: false`.
 */
export function toPortableSchema(schema: JsonSchema): JsonSchema {
  const { anyOf, const: constant, default: initial, prefixItems, ...rest } = schema
  const { oneOf = anyOf, allOf, not, items, properties, additionalProperties, enum: values } = rest
  if (values?.length === 0) return { type: 'string', maxLength: 0, description: 'Only the empty text' }
  return {
    ...rest,
    ...(oneOf && { oneOf: oneOf.map(toNested).flatMap(unionMembers) }),
    ...(allOf && { allOf: allOf.map(toNested) }),
    ...(not !== undefined && { not: toNested(not) }),
    ...(items !== undefined && !Array.isArray(items) && { items: toNested(items) }),
    ...(properties && { properties: mapValues(properties) }),
    ...(additionalProperties !== undefined && { additionalProperties: toNested(additionalProperties) }),
    ...(constant !== undefined && { enum: [constant] }),
    ...(prefixItems && toTuple(prefixItems)),
    ...(initial !== undefined && { description: withDefault(rest.description, JSON.stringify(initial)) }),
  }
}

function toNested(schema: Nested): Nested {
  return typeof schema === 'boolean' ? schema : toPortableSchema(schema)
}

/** The members of an unnamed union. Any other schema is its only member. */
function unionMembers(schema: Nested): Nested[] {
  return typeof schema === 'object' && schema.oneOf !== undefined ? schema.oneOf : [schema]
}

function mapValues(properties: Record<string, Nested>): Record<string, Nested> {
  return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, toNested(schema)]))
}

function toTuple(elements: Nested[]): JsonSchema {
  const types = new Set(elements.map((element) => (typeof element === 'boolean' ? undefined : element.type)))
  const [type] = types
  if (types.size !== 1 || type === undefined)
    throw new Error(`Expected a tuple of one type, got ${[...types].join(', ')}`)
  return { items: { type }, minItems: elements.length, maxItems: elements.length }
}

function withDefault(description: string | undefined, initial: string): string {
  return description === undefined ? `Default: ${initial}` : `${description}. Default: ${initial}`
}
