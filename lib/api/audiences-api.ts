import * as v from 'valibot'
import { FileNameSchema } from '../audiences/audience-link.ts'
import { AUDIENCE_ID } from '../audiences/audience-report.ts'
import {
  AudienceReportSchema,
  CertificateSchema,
  CountsSchema,
  CurvePointSchema,
  HoldoutSchema,
  SeedCountsSchema,
} from '../audiences/audience-report-schema.ts'
import {
  audienceRequestSchema,
  PreviewRequestSchema,
  SeedFileSchema,
  SizeSchema,
} from '../audiences/audience-request.ts'
import { OverlapSchema } from '../audiences/compare-audiences.ts'
import { PreviewSchema } from '../audiences/preview-audience.ts'
import { type Api, BODY_ERRORS, REDIS_ERRORS, type StageSettings } from './route.ts'

const AudienceId = v.pipe(v.string(), v.regex(AUDIENCE_ID))
const AudienceListSchema = v.object({ audiences: v.array(AudienceReportSchema) })

const MEMBER_ERRORS = [
  ...['VECTOR_FORMAT', 'VECTOR_DIMENSIONS', 'VECTOR_NOT_FINITE', 'VECTOR_ZERO'],
  ...['FILTER_INVALID', 'FIELD_UNKNOWN', 'OBJECT_NOT_FOUND', 'OBJECT_UNAVAILABLE'],
] as const

export const audiencesApi = ({ definition }: StageSettings) => {
  const AudienceRequestSchema = audienceRequestSchema(definition)
  return {
    tag: { name: 'audiences', description: 'Files of the customers that are most similar to seeds' },
    schemas: {
      AudienceRequest: AudienceRequestSchema,
      Audience: AudienceReportSchema,
      AudienceList: AudienceListSchema,
      AudienceSize: SizeSchema,
      SeedFile: SeedFileSchema,
      AudienceCounts: CountsSchema,
      AudienceCurvePoint: CurvePointSchema,
      AudienceHoldout: HoldoutSchema,
      AudienceCertificate: CertificateSchema,
      AudienceSeeds: SeedCountsSchema,
      PreviewRequest: PreviewRequestSchema,
      Preview: PreviewSchema,
      Overlap: OverlapSchema,
    },
    routes: {
      'POST /audiences': {
        operationId: 'orderAudience',
        summary: 'Orders an audience: a file of the users that are most similar to its seeds',
        body: AudienceRequestSchema,
        answers: { 202: { description: 'The audience is queued', body: AudienceReportSchema } },
        errors: [...BODY_ERRORS, ...MEMBER_ERRORS, 'QUEUE_UNAVAILABLE', ...REDIS_ERRORS],
      },
      'GET /audiences': {
        operationId: 'listAudiences',
        summary: 'Lists the newest hundred audiences, newest first',
        answers: { 200: { description: 'The audiences', body: AudienceListSchema } },
        errors: REDIS_ERRORS,
      },
      'POST /audiences/preview': {
        operationId: 'previewAudience',
        summary: 'Estimates an audience from a random sample of the users; writes nothing',
        body: PreviewRequestSchema,
        answers: {
          200: { description: 'The curve, and how many of the seeds were found', body: PreviewSchema },
        },
        errors: [
          ...[...BODY_ERRORS, ...MEMBER_ERRORS, 'OBJECT_REPLACED', 'SEEDS_TOO_MANY', 'SEEDS_UNUSABLE'],
          ...['FILE_MALFORMED', 'FILE_TRUNCATED', 'FILE_TOO_LARGE', 'INDEX_MISSING'],
          ...REDIS_ERRORS,
        ] as const,
      },
      'GET /audiences/{id}': {
        operationId: 'getAudience',
        summary: 'Shows the state and the counts of an audience',
        path: { id: AudienceId },
        answers: { 200: { description: 'The audience', body: AudienceReportSchema } },
        errors: ['AUDIENCE_NOT_FOUND', ...REDIS_ERRORS],
      },
      'DELETE /audiences/{id}': {
        operationId: 'deleteAudience',
        summary: 'Stops a running audience; deletes an ended audience with its files',
        path: { id: AudienceId },
        answers: {
          202: {
            description: 'The audience when it received the request to stop',
            body: AudienceReportSchema,
          },
          204: { description: 'The audience is deleted' },
        },
        errors: ['AUDIENCE_NOT_FOUND', 'OBJECT_UNAVAILABLE', ...REDIS_ERRORS],
      },
      'GET /audiences/{id}/file': {
        operationId: 'getAudienceFile',
        summary: 'Redirects to a file of the audience',
        path: { id: AudienceId },
        query: { file: v.optional(FileNameSchema, 'audience') },
        answers: {
          302: {
            description: 'The address of the file, valid for five minutes',
            headers: { Location: { description: 'A presigned URL' } },
          },
        },
        errors: [
          ...['REQUEST_INVALID', 'AUDIENCE_NOT_FOUND', 'AUDIENCE_HAS_NO_FILE', 'OBJECT_NOT_FOUND'],
          ...['OBJECT_UNAVAILABLE'],
          ...REDIS_ERRORS,
        ] as const,
      },
      'POST /audiences/{id}/refresh': {
        operationId: 'refreshAudience',
        summary: 'Builds an audience again, and lists the users that entered, left and stayed',
        path: { id: AudienceId },
        answers: { 202: { description: 'The audience is queued', body: AudienceReportSchema } },
        errors: ['AUDIENCE_NOT_FOUND', 'AUDIENCE_RUNNING', 'QUEUE_UNAVAILABLE', ...REDIS_ERRORS],
      },
      'GET /audiences/{id}/overlap/{other}': {
        operationId: 'compareAudiences',
        summary: 'Counts the users that two audiences have in common',
        path: { id: AudienceId, other: AudienceId },
        answers: { 200: { description: 'The common users', body: OverlapSchema } },
        errors: [
          ...['AUDIENCE_NOT_FOUND', 'AUDIENCE_HAS_NO_FILE', 'OBJECT_NOT_FOUND', 'OBJECT_REPLACED'],
          ...['OBJECT_UNAVAILABLE'],
          ...REDIS_ERRORS,
        ] as const,
      },
    },
  } satisfies Api
}
