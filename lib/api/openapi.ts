import * as v from 'valibot'
import packageJson from '../../package.json' with { type: 'json' }
import { ERRORS, type ErrorCode, ErrorCodeSchema } from '../errors.ts'
import { ProblemDetailsSchema, ProblemPlaceSchema } from '../lambda/problem-details.ts'
import { audiencesApi } from './audiences-api.ts'
import { healthApi } from './health-api.ts'
import { importsApi } from './imports-api.ts'
import { indexApi } from './index-api.ts'
import { type Converter, jsonSchemaConverter } from './json-schema.ts'
import type { Api, RouteDescription, StageSettings } from './route.ts'
import { searchApi } from './search-api.ts'
import { usersApi } from './users-api.ts'

/** The API of each function, by the function's name. */
export const APIS = {
  'provision-index': indexApi,
  'search-users': searchApi,
  users: usersApi,
  imports: importsApi,
  audiences: audiencesApi,
  health: healthApi,
}

/** The statuses that API Gateway itself may answer on any route, before or instead of a function. */
const GATEWAY_STATUSES = [400, 403, 404, 413, 429, 500, 503]
const GatewayMessageSchema = v.object({ message: v.string() })

const PROBLEM = 'application/problem+json'

/** The OpenAPI 3.1 document of a stage, with the fields, dimensions and limits of its configuration. */
export function openApiDocument(settings: StageSettings) {
  const apis: Api[] = Object.values(APIS).map((describe) => describe(settings))
  const convert = jsonSchemaConverter(settings.definition, apis, {
    Problem: ProblemDetailsSchema,
    ProblemPlace: ProblemPlaceSchema,
    ErrorCode: ErrorCodeSchema,
    GatewayMessage: GatewayMessageSchema,
    Failure: v.union([ProblemDetailsSchema, GatewayMessageSchema]),
  })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lookalike',
      version: packageJson.version,
      description: 'Finds the customers who are most like a vector, a customer or a group.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ iam: [] }],
    tags: apis.map(({ tag }) => tag),
    paths: pathsOf(apis, convert),
    components: { securitySchemes: { iam: SIGV4 }, schemas: convert.components },
  }
}

// OpenAPI cannot express Signature Version 4. API Gateway exports it in this form.
const SIGV4 = {
  type: 'apiKey',
  name: 'Authorization',
  in: 'header',
  'x-amazon-apigateway-authtype': 'awsSigv4',
  description: 'AWS Signature Version 4 for the service execute-api. The local stack requires none.',
}

function pathsOf(apis: readonly Api[], convert: Converter) {
  const paths: Record<string, Record<string, object>> = {}
  for (const { tag, routes } of apis) {
    for (const [key, route] of Object.entries(routes)) {
      const [method = '', path = ''] = key.split(' ')
      paths[path] = { ...paths[path], [method.toLowerCase()]: toOperation(tag.name, route, convert) }
    }
  }
  return paths
}

function toOperation(tag: string, route: RouteDescription, convert: Converter) {
  const { operationId, summary, description, body, bodyMayBeLeftOut = false } = route
  return {
    operationId,
    summary,
    ...(description !== undefined && { description }),
    tags: [tag],
    parameters: toParameters(route, convert),
    ...(body !== undefined && {
      requestBody: { required: !bodyMayBeLeftOut, ...json(convert.reference(body)) },
    }),
    responses: toResponses(route, convert),
  }
}

function toParameters({ path = {}, query = {}, headers = {} }: RouteDescription, { inline }: Converter) {
  return [
    ...Object.entries(path).map(([name, schema]) => ({
      name,
      in: 'path',
      required: true,
      schema: inline(schema),
    })),
    ...Object.entries(query).map(([name, schema]) => ({
      name,
      in: 'query',
      style: 'form',
      explode: false,
      schema: inline(schema),
    })),
    ...Object.entries(headers).map(([name, schema]) => ({ name, in: 'header', schema: inline(schema) })),
  ]
}

function toResponses({ answers, errors }: RouteDescription, convert: Converter) {
  const codes: ErrorCode[] = [...errors, 'CONFIG_INVALID', 'INTERNAL']
  const statuses = new Set([
    ...Object.keys(answers).map(Number),
    ...codes.map((code) => ERRORS[code].status),
    ...GATEWAY_STATUSES,
  ])
  return Object.fromEntries(
    [...statuses].toSorted().map((status) => {
      const statusCodes = codes.filter((code) => ERRORS[code].status === status)
      return [status, toResponse(status, answers[status], statusCodes, convert)]
    }),
  )
}

function toResponse(
  status: number,
  answer: RouteDescription['answers'][number] | undefined,
  codes: readonly ErrorCode[],
  { reference, ref }: Converter,
) {
  const isGatewayStatus = GATEWAY_STATUSES.includes(status)
  const bodies = [
    ...(answer?.body === undefined ? [] : [reference(answer.body)]),
    ...(isGatewayStatus ? [ref('GatewayMessage')] : []),
  ]
  const descriptions = [
    ...(answer === undefined ? [] : [answer.description]),
    ...codes.map((code) => `${code}: ${ERRORS[code].title}`),
  ]
  const headers = {
    ...Object.fromEntries(
      Object.entries(answer?.headers ?? {}).map(([name, header]) => [
        name,
        { ...header, schema: { type: 'string' } },
      ]),
    ),
    ...(codes.some((code) => ERRORS[code].retry) && {
      'Retry-After': { description: 'Seconds', schema: { type: 'integer' } },
    }),
  }
  const content = {
    // This type is first, and includes API Gateway's message: openapi-python-client reads every body of a status by
    // the first schema.
    ...(codes.length > 0 && { [PROBLEM]: { schema: ref(isGatewayStatus ? 'Failure' : 'Problem') } }),
    ...(bodies.length > 0 && json(oneOf(bodies)).content),
  }
  return {
    description: descriptions.join('\n\n') || 'Answered by API Gateway',
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(Object.keys(content).length > 0 && { content }),
    // The codes are outside the schema: generators would create a class for each list.
    ...(codes.length > 0 && { 'x-error-codes': codes }),
  }
}

function oneOf(schemas: object[]): object {
  const [first = {}, ...others] = schemas
  return others.length === 0 ? first : { oneOf: schemas }
}

function json(schema: object) {
  return { content: { 'application/json': { schema } } }
}
