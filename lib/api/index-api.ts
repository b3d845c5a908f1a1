import { UserIdsSchema } from '../check/quarantine.ts'
import { CheckResultSchema, RunningSweepSchema, SweepSchema } from '../index-state/check-schema.ts'
import { DriftSchema } from '../index-state/drift-schema.ts'
import {
  IndexStateSchema,
  IndexStatusSchema,
  MigrationStatusSchema,
  ProvisionResultSchema,
} from '../index-state/index-status-schema.ts'
import { RecallSchema } from '../index-state/recall-store.ts'
import { ChangePlanSchema } from '../provisioning/change-plan.ts'
import { ProvisionRequestSchema } from '../provisioning/provision-index.ts'
import { UserSampleSchema } from '../users/show-sample.ts'
import { DefinitionSchema } from './definition-schema.ts'
import { type Api, BODY_ERRORS, REDIS_ERRORS } from './route.ts'

export const indexApi = () =>
  ({
    tag: { name: 'index', description: 'The vector index, compared with its definition' },
    schemas: {
      Drift: DriftSchema,
      Migration: MigrationStatusSchema,
      Recall: RecallSchema,
      Sweep: SweepSchema,
      RunningSweep: RunningSweepSchema,
      IndexState: IndexStateSchema,
      IndexStatus: IndexStatusSchema,
      ProvisionRequest: ProvisionRequestSchema,
      ProvisionResult: ProvisionResultSchema,
      ChangePlan: ChangePlanSchema,
      CheckResult: CheckResultSchema,
      UserIds: UserIdsSchema,
      Definition: DefinitionSchema,
      UserSample: UserSampleSchema,
    },
    routes: {
      'PUT /index': {
        operationId: 'provisionIndex',
        summary: 'Creates the index, or changes it to its definition, without waiting for long steps',
        description: 'Idempotent, and safe for concurrent callers. The next call continues a change.',
        body: ProvisionRequestSchema,
        bodyMayBeLeftOut: true,
        answers: { 200: { description: 'The current state of the index', body: ProvisionResultSchema } },
        errors: ['CHANGE_REFUSED', 'INDEX_OWNED', ...BODY_ERRORS, ...REDIS_ERRORS],
      },
      'GET /index': {
        operationId: 'getIndex',
        summary: 'Shows the state of the index',
        answers: { 200: { description: 'The current state of the index', body: IndexStatusSchema } },
        errors: REDIS_ERRORS,
      },
      'GET /index/definition': {
        operationId: 'getDefinition',
        summary: 'Shows the definition in force',
        answers: { 200: { description: 'The definition, with its defaults', body: DefinitionSchema } },
        errors: [],
      },
      'GET /index/sample': {
        operationId: 'sampleUsers',
        summary: 'Shows up to 200 nearly random users with their vectors',
        answers: { 200: { description: 'The users', body: UserSampleSchema } },
        errors: REDIS_ERRORS,
      },
      'GET /index/plan': {
        operationId: 'planIndex',
        summary: 'Plans what PUT /index would change, and what that would cost',
        answers: { 200: { description: 'The plan', body: ChangePlanSchema } },
        errors: REDIS_ERRORS,
      },
      'POST /index/rollback': {
        operationId: 'rollBackIndex',
        summary: 'Swaps the alias back to the previous index version, or cancels the running change',
        answers: { 200: { description: 'The current state of the index', body: IndexStatusSchema } },
        errors: ['INDEX_OWNED', 'ROLLBACK_IMPOSSIBLE', ...REDIS_ERRORS],
      },
      'GET /index/quarantine': {
        operationId: 'listQuarantine',
        summary: 'Lists the users that the check has moved to quarantine, at most a thousand',
        answers: { 200: { description: 'Their ids', body: UserIdsSchema } },
        errors: REDIS_ERRORS,
      },
      'POST /index/restore': {
        operationId: 'restoreUsers',
        summary: 'Restores users from quarantine, unchanged',
        description: 'A user stays in quarantine while another user has its id.',
        body: UserIdsSchema,
        answers: { 200: { description: 'The restored users', body: UserIdsSchema } },
        errors: [...BODY_ERRORS, ...REDIS_ERRORS],
      },
    },
  }) satisfies Api
