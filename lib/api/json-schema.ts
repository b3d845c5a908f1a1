import {
  type ConversionConfig,
  type JsonSchema,
  toJsonSchema,
  toJsonSchemaDefs,
} from '@valibot/to-json-schema'
import type * as v from 'valibot'
import type { IndexDefinition, VectorDefinition } from '../definition.ts'
import { ERRORS, ErrorCodeSchema } from '../errors.ts'
import { AnyFilterSchema, Base64Schema, NumbersSchema } from '../search/search-request.ts'
import type { Api } from './route.ts'

export type Converter = ReturnType<typeof jsonSchemaConverter>

/** Schemas as a document shows them: those with a name by reference, wherever they occur. */
export function jsonSchemaConverter({ vector }: IndexDefinition, named: Api['schemas']) {
  const names = new Map(Object.entries(named).map(([name, schema]) => [schema, name]))
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
  const told = toldSchemas(vector, ref('Filter'))
  const config: ConversionConfig = {
    target: 'draft-2020-12',
    typeMode: 'input',
    ignoreActions: ['check', 'finite'],
    overrideRef: ({ referenceId }) => ref(referenceId).$ref,
    overrideSchema: ({ valibotSchema }) =>
      told.get(valibotSchema) ?? (valibotSchema.type === 'custom' ? {} : null),
  }
  return {
    components: toJsonSchemaDefs(named, config),
    inline(schema: v.GenericSchema) {
      const { $schema, ...rest } = toJsonSchema(schema, config)
      return rest
    },
    reference(schema: v.GenericSchema) {
      const name = names.get(schema)
      if (name === undefined) throw new Error('A body or an answer has no name among the schemas of its API')
      return ref(name)
    },
    ref,
  }
}

/** What checks values by code of its own, told in the words of JSON Schema. */
function toldSchemas({ dimensions }: VectorDefinition, filter: JsonSchema): Map<unknown, JsonSchema> {
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
