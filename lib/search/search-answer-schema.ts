import * as v from 'valibot'
import { IndexStateSchema } from '../index-state/index-status-schema.ts'

export type UserResult = v.InferOutput<typeof UserResultSchema>
export const UserResultSchema = v.object({
  id: v.string(),
  distance: v.pipe(
    v.number(),
    v.description(
      '1 - cosine for COSINE; the square of the Euclidean distance for L2; 1 - inner product for IP',
    ),
  ),
  similarity: v.pipe(v.number(), v.description('0 to 1 for COSINE and L2; the inner product for IP')),
  fields: v.pipe(
    v.record(v.string(), v.unknown()),
    v.description('The fields that were asked for and that the user has, by alias'),
  ),
  vector: v.exactOptional(v.array(v.number())),
})

/** The `k` nearest, nearest first, and whether that is the whole truth. */
export type SearchAnswer = v.InferOutput<typeof SearchAnswerSchema>
export const SearchAnswerSchema = v.object({
  results: v.array(UserResultSchema),
  complete: v.pipe(
    v.boolean(),
    v.description(
      'false when the server ran out of time, the index is incomplete or differs from its definition, or a row was left out',
    ),
  ),
  warnings: v.pipe(
    v.array(v.string()),
    v.description('Why the answer is not complete, and what of the request it may get wrong'),
  ),
  method: v.pipe(
    v.object({
      exact: v.pipe(v.boolean(), v.description('Whether every user that passes the filter was compared')),
      efRuntime: v.pipe(
        v.nullable(v.number()),
        v.description('How many candidates HNSW kept; null when every user was compared'),
      ),
    }),
    v.description('How the users were found'),
  ),
  index: v.object({
    name: v.string(),
    state: IndexStateSchema,
    percentIndexed: v.number(),
    ageMs: v.pipe(v.number(), v.description('How old this reading of the index is')),
  }),
  tookMs: v.number(),
})
