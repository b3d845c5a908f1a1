import type { Handlers } from '../lib/api/route.ts'
import type { searchApi } from '../lib/api/search-api.ts'
import { loadConfig } from '../lib/config.ts'
import { AppError } from '../lib/errors.ts'
import { cacheIndexReading } from '../lib/index-state/index-reading-cache.ts'
import { ok, toProblemDetails } from '../lib/lambda/answer.ts'
import { parseJsonBody } from '../lib/lambda/body.ts'
import { httpApi } from '../lib/lambda/http.ts'
import { createLog } from '../lib/lambda/log.ts'
import { once } from '../lib/lambda/once.ts'
import { validate } from '../lib/lambda/validate.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { searchBatchSchema, searchRequestSchema } from '../lib/search/search-request.ts'
import { searchBatch, searchUsers } from '../lib/search/search-users.ts'
import { similarUsersRequest } from '../lib/search/similar-users.ts'

const setUp = once(() => {
  const { definition, maxK, storesQueryVectors, redis: settings } = loadConfig()
  const redis = connectRedis(settings, { onlyReads: true })
  const schema = searchRequestSchema(definition, maxK)
  const batchSchema = searchBatchSchema(schema)
  return {
    deps: { redis, definition, readIndex: cacheIndexReading({ redis, definition }), storesQueryVectors },
    schema,
    batchSchema,
  }
})

export const handler = httpApi(
  {
    'POST /search': async ({ event, deadline }) => {
      const { deps, schema, batchSchema } = setUp()
      const body = parseJsonBody(event)
      if (!isBatch(body)) return ok(await searchUsers(deps, validate(schema, body), { deadline }))
      const { searches } = validate(batchSchema, body)
      const answers = await searchBatch(deps, searches, { deadline })
      return ok({
        answers: answers.map((one) => (one instanceof AppError ? { problem: toProblemDetails(one) } : one)),
      })
    },

    'GET /users/{id}/similar': async ({ event, deadline }) => {
      const { deps, schema } = setUp()
      const user = event.pathParameters?.id
      if (user === undefined) throw new AppError('REQUEST_INVALID', 'Expected a user id in the path')
      const request = similarUsersRequest(deps.definition, user, event.queryStringParameters ?? {})
      return ok(await searchUsers(deps, validate(schema, request), { deadline }))
    },
  } satisfies Handlers<typeof searchApi>,
  createLog('search-users'),
  { query: ['GET /users/{id}/similar'] },
)

function isBatch(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'searches')
}
