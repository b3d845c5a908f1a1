import type { Handlers } from '../lib/api/route.ts'
import type { searchApi } from '../lib/api/search-api.ts'
import { loadConfig, loadRuntime } from '../lib/config.ts'
import { AppError } from '../lib/errors.ts'
import { cacheIndexReading } from '../lib/index-state/index-reading-cache.ts'
import { ok, toProblemDetails } from '../lib/lambda/answer.ts'
import { parseJsonBody } from '../lib/lambda/body.ts'
import { createEdge } from '../lib/lambda/edge.ts'
import { httpApi } from '../lib/lambda/http.ts'
import { measure, noteOutcome } from '../lib/lambda/invocation.ts'
import { once } from '../lib/lambda/once.ts'
import { timedRedis } from '../lib/lambda/timed-redis.ts'
import { validate } from '../lib/lambda/validate.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import type { SearchAnswer } from '../lib/search/search-answer-schema.ts'
import { searchBatchSchema, searchRequestSchema } from '../lib/search/search-request.ts'
import { searchBatch, searchUsers } from '../lib/search/search-users.ts'
import { similarUsersRequest } from '../lib/search/similar-users.ts'

const { log, observed, initialize } = createEdge('search-users', loadRuntime())

const setUp = once(() => {
  const { definition, maxK, storesQueryVectors, redis: settings } = loadConfig()
  const redis = timedRedis(connectRedis(settings, { onlyReads: true }))
  const schema = searchRequestSchema(definition, maxK)
  const batchSchema = searchBatchSchema(schema)
  return {
    deps: { redis, definition, readIndex: cacheIndexReading({ redis, definition }), storesQueryVectors },
    schema,
    batchSchema,
  }
})

await initialize(() => setUp().deps)

export const handler = observed(
  httpApi(
    {
      'POST /search': async ({ event, deadline }) => {
        const startedAt = performance.now()
        const { deps, schema, batchSchema } = setUp()
        const body = parseJsonBody(event)
        if (!isBatch(body)) {
          const answer = await searchUsers(deps, validate(schema, body), { deadline })
          observeAnswers([answer], startedAt)
          return ok(answer)
        }
        const { searches } = validate(batchSchema, body)
        const answers = await searchBatch(deps, searches, { deadline })
        observeAnswers(answers, startedAt)
        return ok({
          answers: answers.map((one) => (one instanceof AppError ? { problem: toProblemDetails(one) } : one)),
        })
      },

      'GET /users/{id}/similar': async ({ event, deadline }) => {
        const startedAt = performance.now()
        const { deps, schema } = setUp()
        const user = event.pathParameters?.id
        if (user === undefined) throw new AppError('REQUEST_INVALID', 'Expected a user id in the path')
        const request = similarUsersRequest(deps.definition, user, event.queryStringParameters ?? {})
        const answer = await searchUsers(deps, validate(schema, request), { deadline })
        observeAnswers([answer], startedAt)
        return ok(answer)
      },
    } satisfies Handlers<typeof searchApi>,
    log,
    { query: ['GET /users/{id}/similar'] },
  ),
)

/** Notes whether every answer of the request is complete, and measures them. */
function observeAnswers(answers: readonly (SearchAnswer | AppError)[], startedAt: number): void {
  const found = answers.filter((one): one is SearchAnswer => !(one instanceof AppError))
  const incomplete = found.filter(({ complete }) => !complete).length
  const warned = found.filter(({ complete, warnings }) => complete && warnings.length > 0).length
  noteOutcome({ searches: answers.length, complete: incomplete === 0, warned })
  measure({
    Searches: answers.length,
    SearchMs: Math.round((performance.now() - startedAt) * 10) / 10,
    IncompleteAnswers: incomplete || null,
    WarnedAnswers: warned || null,
  })
}

function isBatch(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'searches')
}
