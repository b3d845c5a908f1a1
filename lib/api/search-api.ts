import * as v from 'valibot'
import { ProblemDetailsSchema } from '../lambda/problem-details.ts'
import { filterSchema, similarUsersQuery } from '../search/filter-schema.ts'
import { SearchAnswerSchema, UserResultSchema } from '../search/search-answer-schema.ts'
import {
  fieldNameSchema,
  SeedListSchema,
  SeedSchema,
  StrategySchema,
  searchBatchSchema,
  searchOptions,
  UserIdSchema,
  VectorSchema,
} from '../search/search-request.ts'
import { type Api, BODY_ERRORS, REDIS_ERRORS, type StageSettings } from './route.ts'

/** One answer per search, in the order of the searches. */
export type BatchAnswer = v.InferOutput<typeof BatchAnswerSchema>
const BatchAnswerSchema = v.object({
  answers: v.array(v.union([SearchAnswerSchema, v.object({ problem: ProblemDetailsSchema })])),
})

/**
 * A search as one of three shapes. The validator is one object with checks, because that gives better messages.
 * Client generators ignore checks, so they need one schema per shape, with its required member.
 */
export function searchSchemas({ definition, maxK }: StageSettings) {
  const FieldName = fieldNameSchema(definition)
  const options = searchOptions(definition, maxK, FieldName)
  const SearchByVector = v.strictObject({ vector: VectorSchema, ...options })
  const SearchByUser = v.strictObject({ user: UserIdSchema, ...options })
  const SearchByGroup = v.strictObject({
    like: SeedListSchema,
    unlike: v.optional(SeedListSchema),
    strategy: v.optional(StrategySchema),
    ...options,
  })
  const Search = v.union([SearchByVector, SearchByUser, SearchByGroup])
  return { FieldName, SearchByVector, SearchByUser, SearchByGroup, Search }
}

export const searchApi = ({ definition, maxK }: StageSettings) => {
  const schemas = searchSchemas({ definition, maxK })
  const SearchBatch = searchBatchSchema(schemas.Search)
  const SearchBody = v.union([...schemas.Search.options, SearchBatch])
  const SearchBodyAnswer = v.union([SearchAnswerSchema, BatchAnswerSchema])
  const errors = [
    'FILTER_INVALID',
    'SEARCH_TOO_COSTLY',
    'USER_NOT_FOUND',
    'USER_NOT_SEARCHABLE',
    'ANSWER_TOO_LARGE',
    'INDEX_MISSING',
    ...REDIS_ERRORS,
  ] as const
  return {
    tag: {
      name: 'search',
      description: 'Searches for the users that are most similar to a vector, a user or a group',
    },
    schemas: {
      UserId: UserIdSchema,
      Vector: VectorSchema,
      Seed: SeedSchema,
      ...schemas,
      SearchBatch,
      SearchBody,
      Filter: filterSchema(definition),
      UserResult: UserResultSchema,
      SearchAnswer: SearchAnswerSchema,
      SearchBatchAnswer: BatchAnswerSchema,
      SearchBodyAnswer,
    },
    routes: {
      'POST /search': {
        operationId: 'search',
        summary: 'Finds the k nearest users, nearest first; or runs up to twenty searches at once',
        body: SearchBody,
        answers: {
          200: {
            description:
              'The nearest users, and whether the answer is complete; for a batch, one answer per search, in order',
            body: SearchBodyAnswer,
          },
        },
        errors: [
          ...BODY_ERRORS,
          'VECTOR_FORMAT',
          'VECTOR_DIMENSIONS',
          'VECTOR_NOT_FINITE',
          'VECTOR_ZERO',
          'FIELD_UNKNOWN',
          ...errors,
        ],
      },
      'GET /users/{id}/similar': {
        operationId: 'similarUsers',
        summary: 'Finds the users nearest to one user',
        path: { id: UserIdSchema },
        query: similarUsersQuery(definition, maxK),
        answers: { 200: { description: 'The nearest users', body: SearchAnswerSchema } },
        errors: ['REQUEST_INVALID', ...errors],
      },
    },
  } satisfies Api
}
