import type { JsonSchema } from '@valibot/to-json-schema'
import { APIS, openApiDocument } from '../../lib/api/openapi.ts'
import type { Api, StageSettings } from '../../lib/api/route.ts'
import { defineIndex } from '../../lib/definition.ts'
import { FIELD_TYPE_NAMES } from '../../lib/fields/field-types.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { comment, typeText } from './type-text.ts'

type Schemas = Record<string, JsonSchema>

const HEADER = '// Written by `npm run client:types` from the schemas of the API. A test compares the two.\n'

/** The source of `client/src/api.ts`: the types of the API, for any index definition. */
export function apiTypes(): string {
  const fields = FIELD_TYPE_NAMES.map((type) => ({ path: `$.${type}`, alias: type, type }))
  const settings = { definition: defineIndex(INDEX_DEFINITION, { fields }), maxK: 1 }
  const document = openApiDocument(settings)
  const schemas = { ...document.components.schemas, ...replaceDefinitionSchemas(document.components.schemas) }
  const types = Object.entries(schemas).map(([name, schema]) => {
    const text = typeText(schema)
    const isInterface = schema.oneOf === undefined && text.startsWith('{')
    const declaration = isInterface ? `interface ${name} ${text}` : `type ${name} = ${text}`
    return `${comment(schema.description)}export ${declaration}\n`
  })
  return [HEADER, ...types, routesText(settings)].join('\n')
}

/** Replaces the schemas that contain the fields of one definition. */
function replaceDefinitionSchemas({ Filter = {} }: Schemas): Schemas {
  const { $and = {}, $or = {}, $not = {}, ...conditions } = Filter.properties ?? {}
  const record: JsonSchema = {
    type: 'object',
    properties: { id: { oneOf: [{ type: 'string' }, { type: 'number' }] } },
    additionalProperties: true,
  }
  return {
    FieldName: { type: 'string', description: 'The alias of a field that an answer may show' },
    Condition: { oneOf: Object.values(conditions), description: 'The condition of a filter on one field' },
    Filter: {
      type: 'object',
      description: 'Conditions by the aliases of fields. All of them must hold',
      properties: { $and, $or, $not },
      additionalProperties: { $ref: '#/components/schemas/Condition' },
    },
    UserRecord: record,
    StoredRecord: record,
  }
}

/** The request and the answers of each route, by its key. */
function routesText(settings: StageSettings): string {
  const lines = Object.values(APIS).flatMap((describe) => {
    const api: Api = describe(settings)
    const names = new Map(Object.entries(api.schemas).map(([name, schema]) => [schema, name]))
    return Object.entries(api.routes).map(([key, { summary, body, answers }]) => {
      const succeeded = Object.entries(answers).flatMap(([status, answer]) =>
        status.startsWith('2') ? [answer.body && names.get(answer.body)] : [],
      )
      const answer = [...new Set(succeeded)].map(String).join(' | ') || 'never'
      return `${comment(summary)}'${key}': { body: ${body && names.get(body)}; answer: ${answer} }`
    })
  })
  return `export interface Routes {\n${lines.join('\n').replaceAll(/^/gm, '  ')}\n}\n`
}
