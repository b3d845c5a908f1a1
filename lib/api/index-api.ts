import { IndexStateSchema, IndexStatusSchema, ProvisionResultSchema } from '../index/index-status-schema.ts'
import { RecallSchema } from '../index/kept-recall.ts'
import { type Api, REDIS_ERRORS } from './route.ts'

export const indexApi = () =>
  ({
    tag: { name: 'index', description: 'The vector index, as it stands against its definition' },
    schemas: {
      Recall: RecallSchema,
      IndexState: IndexStateSchema,
      IndexStatus: IndexStatusSchema,
      ProvisionResult: ProvisionResultSchema,
    },
    routes: {
      'PUT /index': {
        operationId: 'provisionIndex',
        summary: 'Creates the index when there is none, and says how it stands',
        description: 'Idempotent, and safe when many call at once.',
        answers: { 200: { description: 'The index as it stands', body: ProvisionResultSchema } },
        errors: REDIS_ERRORS,
      },
      'GET /index': {
        operationId: 'getIndex',
        summary: 'Says how the index stands',
        answers: { 200: { description: 'The index as it stands', body: IndexStatusSchema } },
        errors: REDIS_ERRORS,
      },
    },
  }) satisfies Api
