import { createConfig, lintFromString } from '@redocly/openapi-core'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { readServerlessConfig } from '../../../dev/local/serverless-config.ts'
import { APIS, openApiDocument } from '../../../lib/api/openapi.ts'
import type { RouteDescription } from '../../../lib/api/route.ts'
import { searchSchemas } from '../../../lib/api/search-api.ts'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { WORDINGS } from '../../../lib/redis/server-errors.ts'
import { searchRequestSchema } from '../../../lib/search/search-request.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { everyType } from '../../support/definitions.ts'

const inForce = { definition: everyType, maxK: 500 }
const document = openApiDocument(inForce)
const withoutFields = defineIndex(INDEX_DEFINITION, { fields: [], vector: { path: '$.taste.vector' } })
const documents = [
  ['fields of every type', document],
  ['no field', openApiDocument({ definition: withoutFields, maxK: 10 })],
] as const

interface Schema {
  enum?: unknown[]
  oneOf?: object[]
  required?: string[]
  properties?: Record<string, object>
}

/** Every schema of the document, however deep, with its place. */
function schemasOf(value: unknown, path = '', isSchema = false): { path: string; schema: Schema }[] {
  if (typeof value !== 'object' || value === null) return []
  const inside = Object.entries(value).flatMap(([name, member]) => {
    // The members of these are schemas by name, and what is in `enum` is data.
    const areSchemas = /(^|\/)(schemas|properties)$/.test(path) || /\/(oneOf|allOf)$/.test(path)
    const isOne = areSchemas || ['schema', 'items', 'additionalProperties'].includes(name)
    return name === 'enum' ? [] : schemasOf(member, `${path}/${name}`, isOne)
  })
  return isSchema ? [{ path, schema: value }, ...inside] : inside
}

describe('the OpenAPI document', () => {
  it.each(documents)('of %s is one that a linter finds nothing wrong with', async (_, document) => {
    // A route that only leads to another place answers 302 alone.
    const rules = { 'operation-2xx-response': 'off' } as const
    const config = await createConfig({ extends: ['recommended-strict'], rules })
    const problems = await lintFromString({ source: JSON.stringify(document), config })
    expect(
      problems.map(({ ruleId, message, location: [place] }) => ({ ruleId, message, at: place?.pointer })),
    ).toEqual([])
  })

  it('has the version of the package', () => {
    expect(document.info.version).toBe(packageJson.version)
  })

  it.each(documents)('of %s has nothing that a generator of clients misreads', (_, document) => {
    const misread = ['default', 'const', 'anyOf', 'prefixItems', 'not', 'dependentRequired']
    const problems: string[] = []
    for (const { path, schema } of schemasOf(document)) {
      const { oneOf = [], required = [], properties = {} } = schema
      for (const keyword of misread) if (keyword in schema) problems.push(`${path} has ${keyword}`)
      if ('enum' in schema && schema.enum?.length === 0) problems.push(`${path} has an empty enum`)
      if (oneOf.some((member) => 'oneOf' in member)) problems.push(`${path} is a union in a union`)
      if (oneOf.some((member) => Object.keys(member).join() === 'required'))
        problems.push(`${path} requires by union`)
      for (const name of required) if (!(name in properties)) problems.push(`${path} requires ${name}`)
    }
    expect(problems).toEqual([])
  })

  it('requires no member of a request that has a default, and each of an answer', () => {
    const { schemas } = document.components
    expect(schemas.SearchByVector?.required).toEqual(['vector'])
    expect(schemas.SearchByVector?.properties?.k).toMatchObject({ description: 'Default: 10' })
    expect(schemas.ProvisionRequest?.required).toEqual([])
    expect(schemas.Migration?.required).toContain('copy')
  })

  it('tells the three shapes of a search as the validator checks them', () => {
    const validator = searchRequestSchema(everyType, 500)
    const { Search } = searchSchemas(inForce)
    const member = fc.record(
      {
        vector: fc.constantFrom([1, 2, 3], 'AAAA', 7),
        user: fc.constantFrom('1', ''),
        like: fc.constantFrom(['1'], [], [[1, 2, 3]]),
        unlike: fc.constantFrom(['2'], []),
        k: fc.constantFrom(1, 0, 501),
        fields: fc.constantFrom(['labels'], ['income'], ['lables']),
        exact: fc.boolean(),
        limit: fc.constant(5),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(member, (request) => {
        expect(v.is(Search, request)).toBe(v.is(validator, request))
      }),
    )
  })

  it('has the paths of serverless.yml, and so has each function', () => {
    const { routes } = readServerlessConfig()
    // The path of all the rest answers 404, and has no description.
    const deployed = routes
      .filter(({ path }) => path !== '*')
      .map(({ functionName, path }) => `${functionName} ${path}`)
    const described = Object.entries(APIS).flatMap(([functionName, describeApi]) =>
      Object.keys(describeApi(inForce).routes).map((key) => [functionName, key] as const),
    )
    const paths = described.map(([functionName, key]) => `${functionName} ${key.split(' ')[1]}`)
    expect([...new Set(paths)].toSorted()).toEqual(deployed.toSorted())
    expect(new Set(routes.map(({ method }) => method))).toEqual(new Set(['*']))
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(documented.toSorted()).toEqual(described.map(([, key]) => key).toSorted())
  })

  it('names on each route that asks Redis every code that Redis may lead to', () => {
    // Of an index, of a record, and of a search for too many results: only where there is one.
    const ofSomething = ['INDEX_MISSING', 'RECORD_UNSTORABLE', 'REQUEST_INVALID']
    const codes: string[] = [...WORDINGS.map(({ code }) => code), 'TRANSPORT_UNSUPPORTED']
    const routes = Object.values(APIS).flatMap((describeApi): [string, RouteDescription][] =>
      Object.entries(describeApi(inForce).routes),
    )
    const described = new Set<string>(routes.flatMap(([, { errors }]) => errors))
    expect(codes.filter((code) => !described.has(code))).toEqual([])
    for (const [key, { errors }] of routes.filter(([, { errors }]) => errors.includes('REDIS_ERROR'))) {
      const named: readonly string[] = [...errors, ...ofSomething]
      expect([key, codes.filter((code) => !named.includes(code))]).toEqual([key, []])
    }
  })

  it("names the members of a user's record, and requires its vector alone", () => {
    const { UserRecord, StoredRecord } = document.components.schemas
    const names = everyType.fields.map(({ path }) => path.split('.')[1])
    expect(Object.keys(UserRecord?.properties ?? {})).toEqual(['id', ...names, 'vector_embedding'])
    expect(UserRecord).toMatchObject({
      required: ['vector_embedding'],
      additionalProperties: true,
      properties: {
        labels: {
          oneOf: [{ type: 'string' }, { type: 'boolean' }, { type: 'array' }, { type: 'null' }],
        },
        address: { type: 'object', required: [], properties: { position: { oneOf: expect.anything() } } },
        vector_embedding: { type: 'array', minItems: 3, maxItems: 3 },
      },
    })
    const { income, ...shown } = UserRecord?.properties ?? {}
    expect(income).toBeDefined()
    expect(StoredRecord).toMatchObject({ required: [], properties: shown })
    expect(StoredRecord?.properties).not.toHaveProperty('income')
  })

  it('speaks of the fields, dimensions and limits in force', () => {
    const { schemas } = document.components
    expect(schemas.Vector).toMatchObject({ oneOf: [{ minLength: 16 }, { minItems: 3, maxItems: 3 }] })
    expect(schemas.FieldName?.enum).toEqual(
      everyType.fields.filter(({ returned }) => returned).map(({ alias }) => alias),
    )
    expect(schemas.SearchByUser?.properties).toMatchObject({
      k: { maximum: 500 },
      fields: { items: { $ref: '#/components/schemas/FieldName' } },
      filter: { $ref: '#/components/schemas/Filter' },
    })
    expect(Object.keys(schemas.Filter?.properties ?? {})).toEqual([
      ...everyType.fields.filter(({ filterable }) => filterable).map(({ alias }) => alias),
      '$and',
      '$or',
      '$not',
    ])
    const other = openApiDocument({
      definition: defineIndex(INDEX_DEFINITION, { vector: { dimensions: 384 } }),
      maxK: 10,
    })
    expect(other.components.schemas.Vector).toMatchObject({ oneOf: [{ minLength: 2048 }, { minItems: 384 }] })
  })
})
