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
import { type Api, BODY_ERRORS, REDIS_ERRORS } from './route.ts'

export const indexApi = () =>
  ({
    tag: { name: 'index', description: 'The vector index, as it stands against its definition' },
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
    },
    routes: {
      'PUT /index': {
        operationId: 'provisionIndex',
        summary: 'Makes the index what its definition says, as far as that needs no waiting',
        description: 'Idempotent, and safe when many call at once: the next call goes on from there.',
        body: ProvisionRequestSchema,
        bodyMayBeLeftOut: true,
        answers: { 200: { description: 'The index as it stands', body: ProvisionResultSchema } },
        errors: ['CHANGE_REFUSED', ...BODY_ERRORS, ...REDIS_ERRORS],
      },
      'GET /index': {
        operationId: 'getIndex',
        summary: 'Says how the index stands',
        answers: { 200: { description: 'The index as it stands', body: IndexStatusSchema } },
        errors: REDIS_ERRORS,
      },
      'GET /index/plan': {
        operationId: 'planIndex',
        summary: 'What PUT /index would change, and what it would cost',
        answers: { 200: { description: 'The plan', body: ChangePlanSchema } },
        errors: REDIS_ERRORS,
      },
      'POST /index/rollback': {
        operationId: 'rollBackIndex',
        summary: 'Gives the name back to the version before, or gives up the change that is under way',
        answers: { 200: { description: 'The index as it stands', body: IndexStatusSchema } },
        errors: ['ROLLBACK_IMPOSSIBLE', ...REDIS_ERRORS],
      },
      'GET /index/quarantine': {
        operationId: 'listQuarantine',
        summary: 'The users that the check has taken out of the index, a thousand at most',
        answers: { 200: { description: 'Their ids', body: UserIdsSchema } },
        errors: REDIS_ERRORS,
      },
      'POST /index/restore': {
        operationId: 'restoreUsers',
        summary: 'Puts users back from quarantine, as they were',
        description: 'A user stays in quarantine while another one has its id.',
        body: UserIdsSchema,
        answers: { 200: { description: 'The users that were put back', body: UserIdsSchema } },
        errors: [...BODY_ERRORS, ...REDIS_ERRORS],
      },
    },
  }) satisfies Api
