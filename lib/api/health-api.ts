import * as v from 'valibot'
import { HealthSchema } from '../check/check-health.ts'
import type { Api } from './route.ts'

const DocumentSchema = v.looseObject({ openapi: v.string() })

export const healthApi = () =>
  ({
    tag: { name: 'service', description: 'The service itself' },
    schemas: { Health: HealthSchema, OpenApiDocument: DocumentSchema },
    routes: {
      'GET /health': {
        operationId: 'getHealth',
        summary: 'Says whether a search sent now would be answered, from a whole index that is as defined',
        answers: {
          200: { description: 'All is well', body: HealthSchema },
          503: { description: 'Something is wrong, and what', body: HealthSchema },
        },
        errors: [],
      },
      'GET /openapi.json': {
        operationId: 'getOpenApi',
        summary: 'This document',
        answers: { 200: { description: 'OpenAPI 3.1', body: DocumentSchema } },
        errors: [],
      },
    },
  }) satisfies Api
