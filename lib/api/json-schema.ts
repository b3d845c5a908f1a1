import {
  type ConversionConfig,
  type JsonSchema,
  toJsonSchema,
  toJsonSchemaDefs,
} from '@valibot/to-json-schema'
import type * as v from 'valibot'
import type { IndexDefinition, VectorDefinition } from '../definition.ts'
import { ERRORS, ErrorCodeSchema } from '../errors.ts'
import { describeList } from '../search/list-schema.ts'
import { AnyFilterSchema, Base64Schema, NumbersSchema } from '../search/search-request.ts'
import { toComponents } from './component-schemas.ts'
import { toPortableSchema } from './portable-schema.ts'
import type { Api } from './route.ts'

export type Converter = ReturnType<typeof jsonSchemaConverter>

const COMPONENTS = '#/components/schemas/'

/** Converts schemas for the document. A schema with a name becomes a reference wherever it occurs. */
export function jsonSchemaConverter(
  { vector }: IndexDefinition,
  apis: readonly Api[],
  shared: Api['schemas'],
) {
  const namedSchemas: Api['schemas'] = {
    ...Object.assign({}, ...apis.map(({ schemas }) => schemas)),
    ...shared,
  }
  const names = new Map(Object.entries(namedSchemas).map(([name, schema]) => [schema, name]))
  const ref = (name: string) => ({ $ref: COMPONENTS + name })
  const handWritten = handWrittenSchemas(vector, ref('Filter'))
  const config = (typeMode: 'input' | 'output'): ConversionConfig => ({
    target: 'draft-2020-12',
    typeMode,
    ignoreActions: ['check', 'finite'],
    overrideRef: ({ referenceId }) => ref(referenceId).$ref,
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      handWritten.get(valibotSchema) ??
      overrideList(valibotSchema, typeMode) ??
      overrideObject(valibotSchema, jsonSchema, typeMode === 'output'),
  })
  const overrideList = (schema: object, typeMode: 'input' | 'output'): JsonSchema | undefined => {
    const list = describeList(schema)
    if (list === undefined) return undefined
    const name = names.get(list.element)
    const items: JsonSchema = name === undefined ? toJsonSchema(list.element, config(typeMode)) : ref(name)
    const { $schema, ...element } = items
    return { type: 'array', items: element, minItems: list.min, maxItems: list.max }
  }
  /**
   * The converter names the inner list of a bounded list by a number. `overrideList` describes that list, so this
   * drops it.
   */
  const definitions = (typeMode: 'input' | 'output') =>
    Object.fromEntries(
      Object.entries(toJsonSchemaDefs(namedSchemas, config(typeMode))).filter(([name]) =>
        Object.hasOwn(namedSchemas, name),
      ),
    )
  const reference = (schema: v.GenericSchema) => {
    const name = names.get(schema)
    if (name === undefined)
      throw new Error('Expected every body and answer among the named schemas of its API, one is missing')
    return ref(name)
  }
  const routes = apis.flatMap(({ routes }) => Object.values(routes))
  const requestRoots = routes.flatMap(({ body }) => (body === undefined ? [] : [reference(body)]))
  const answerRoots = routes
    .flatMap(({ answers }) => Object.values(answers))
    .flatMap(({ body }) => (body === undefined ? [] : [reference(body)]))
  return {
    components: toComponents(
      { schemas: definitions('input'), roots: requestRoots },
      { schemas: definitions('output'), roots: answerRoots },
    ),
    inline(schema: v.GenericSchema) {
      const { $schema, ...rest } = toJsonSchema(schema, config('input'))
      return toPortableSchema(rest)
    },
    reference,
    ref,
  }
}

/**
 * Adds what valibot's converter does not know: objects that allow other members, and members that every answer has.
 */
function overrideObject(schema: object, jsonSchema: JsonSchema, isAnswer: boolean): JsonSchema | null {
  if (!('type' in schema)) return null
  if (schema.type === 'custom') return {}
  const { default: initial, ...rest } = jsonSchema
  // A default describes the request. An answer always has the member.
  if (isAnswer && initial !== undefined) return rest
  // An override hides errors of the converter, so this overrides only where necessary.
  if (!('entries' in schema)) return null
  const { required = [] } = jsonSchema
  return {
    ...jsonSchema,
    ...(schema.type === 'loose_object' && { additionalProperties: true }),
    required: isAnswer ? [...required, ...membersWithDefault(Object(schema.entries))] : required,
  }
}

function membersWithDefault(entries: Record<string, object>): string[] {
  return Object.entries(entries).flatMap(([name, entry]) =>
    'default' in entry && entry.default !== undefined ? [name] : [],
  )
}

/** JSON Schemas for the schemas that check values by code. */
function handWrittenSchemas({ dimensions }: VectorDefinition, filter: JsonSchema): Map<unknown, JsonSchema> {
  const base64Length = 4 * Math.ceil((4 * dimensions) / 3)
  return new Map<unknown, JsonSchema>([
    [ErrorCodeSchema, { type: 'string', enum: Object.keys(ERRORS) }],
    [NumbersSchema, { type: 'array', items: { type: 'number' }, minItems: dimensions, maxItems: dimensions }],
    [
      Base64Schema,
      {
        type: 'string',
        contentEncoding: 'base64',
        pattern: '^[A-Za-z0-9+/]*={0,2}$',
        minLength: base64Length,
        maxLength: base64Length,
        description: `${dimensions} times float32, little-endian`,
      },
    ],
    [AnyFilterSchema, filter],
  ])
}
