import { createConfig, lintFromString } from '@redocly/openapi-core'
import { describe, expect, it } from 'vitest'
import { readServerlessConfig } from '../../../dev/local/serverless-config.ts'
import { APIS, openApiDocument } from '../../../lib/api/openapi.ts'
import type { RouteDescription } from '../../../lib/api/route.ts'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { WORDINGS } from '../../../lib/redis/server-errors.ts'
import { everyType } from '../../support/definitions.ts'

const inForce = { definition: everyType, maxK: 500 }
const document = openApiDocument(inForce)

describe('the OpenAPI document', () => {
  it('is one that a linter finds nothing wrong with', async () => {
    // A part of `oneOf` requires members that the schema around it defines, which this rule does not see.
    const rules = { 'no-required-schema-properties-undefined': 'off' } as const
    const config = await createConfig({ extends: ['recommended-strict'], rules })
    const problems = await lintFromString({ source: JSON.stringify(document), config })
    expect(
      problems.map(({ ruleId, message, location: [place] }) => ({ ruleId, message, at: place?.pointer })),
    ).toEqual([])
  })

  it('has the routes of serverless.yml, and so has each function', () => {
    const deployed = readServerlessConfig().routes.map(({ functionName, method, path }) => [
      functionName,
      `${method} ${path}`,
    ])
    const described = Object.entries(APIS).flatMap(([functionName, describeApi]) =>
      Object.keys(describeApi(inForce).routes).map((key) => [functionName, key]),
    )
    expect(described.toSorted()).toEqual(deployed.toSorted())
    const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(documented.toSorted()).toEqual(deployed.map(([, key]) => key).toSorted())
  })

  it('names on each route that asks Redis every code that Redis may lead to', () => {
    // Of an index and of a record: only where there is one.
    const ofSomething = ['INDEX_MISSING', 'RECORD_UNSTORABLE']
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

  it('speaks of the fields, dimensions and limits in force', () => {
    const { schemas } = document.components
    expect(schemas.Vector).toMatchObject({ anyOf: [{ minLength: 16 }, { minItems: 3, maxItems: 3 }] })
    expect(schemas.Search?.properties).toMatchObject({
      k: { maximum: 500 },
      fields: { items: { enum: ['descr', 'labels', 'age', 'place'] } },
      filter: { $ref: '#/components/schemas/Filter' },
    })
    expect(Object.keys(schemas.Filter?.properties ?? {})).toEqual([
      'descr',
      'labels',
      'age',
      'place',
      'income',
      '$and',
      '$or',
      '$not',
    ])
    const other = openApiDocument({
      definition: defineIndex(INDEX_DEFINITION, { vector: { dimensions: 384 } }),
      maxK: 10,
    })
    expect(other.components.schemas.Vector).toMatchObject({ anyOf: [{ minLength: 2048 }, { minItems: 384 }] })
  })
})
