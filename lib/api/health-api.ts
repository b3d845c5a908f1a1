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
        summary: 'Says whether searches are answered from a complete index that equals its definition',
        answers: {
          200: { description: 'The service is healthy', body: HealthSchema },
          503: { description: 'The service has the listed problems', body: HealthSchema },
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
