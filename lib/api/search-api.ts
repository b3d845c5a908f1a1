import * as v from 'valibot'
import { ProblemDetailsSchema } from '../lambda/problem-details.ts'
import { filterSchema, similarUsersQuery } from '../search/filter-schema.ts'
import { SearchAnswerSchema, UserResultSchema } from '../search/search-answer-schema.ts'
import {
  fieldNameSchema,
  SeedListSchema,
  SeedSchema,
  searchBatchSchema,
  searchOptions,
  UserIdSchema,
  VectorSchema,
} from '../search/search-request.ts'
import { type Api, BODY_ERRORS, type InForce, REDIS_ERRORS } from './route.ts'

/** An answer for each search, in their order. */
export type BatchAnswer = v.InferOutput<typeof BatchAnswerSchema>
const BatchAnswerSchema = v.object({
  answers: v.array(v.union([SearchAnswerSchema, v.object({ problem: ProblemDetailsSchema })])),
})

/**
 * A search as one of three shapes. The validator is one object with checks, for better messages. Generators of clients
 * ignore checks: they need a schema for each shape, with its required member.
 */
export function searchSchemas({ definition, maxK }: InForce) {
  const FieldName = fieldNameSchema(definition)
  const options = searchOptions(definition, maxK, FieldName)
  const SearchByVector = v.strictObject({ vector: VectorSchema, ...options })
  const SearchByUser = v.strictObject({ user: UserIdSchema, ...options })
  const SearchByGroup = v.strictObject({
    like: SeedListSchema,
    unlike: v.optional(SeedListSchema),
    ...options,
  })
  const Search = v.union([SearchByVector, SearchByUser, SearchByGroup])
  return { FieldName, SearchByVector, SearchByUser, SearchByGroup, Search }
}

export const searchApi = ({ definition, maxK }: InForce) => {
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
    tag: { name: 'search', description: 'The users that are most like a vector, a user or a group' },
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
        summary:
          'Finds the k users nearest to something, nearest first; or up to twenty such searches at once',
        body: SearchBody,
        answers: {
          200: {
            description:
              'The nearest, and whether that is the whole truth; for a batch, one answer each in its order',
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
        summary: 'The same for one user',
        path: { id: UserIdSchema },
        query: similarUsersQuery(definition, maxK),
        answers: { 200: { description: 'The nearest', body: SearchAnswerSchema } },
        errors: ['REQUEST_INVALID', ...errors],
      },
    },
  } satisfies Api
}
