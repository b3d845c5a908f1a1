import { loadConfig } from '../lib/config.ts'
import { AppError } from '../lib/errors.ts'
import { httpApi, jsonBody, ok, validate } from '../lib/http.ts'
import { cacheIndexReading } from '../lib/index-reading-cache.ts'
import { createLog } from '../lib/log.ts'
import { once } from '../lib/once.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { searchRequestSchema, similarUsersRequest } from '../lib/search-request.ts'
import { searchUsers } from '../lib/search-users.ts'

const setUp = once(() => {
  const { definition, maxK, redis: settings } = loadConfig()
  const redis = connectRedis(settings)
  const schema = searchRequestSchema(definition, maxK)
  return { deps: { redis, definition, readIndex: cacheIndexReading({ redis, definition }) }, schema }
})

export const handler = httpApi(
  {
    'POST /search': async ({ event, deadline }) => {
      const { deps, schema } = setUp()
      return ok(await searchUsers(deps, validate(schema, jsonBody(event)), { deadline }))
    },

    'GET /users/{id}/similar': async ({ event, deadline }) => {
      const { deps, schema } = setUp()
      const user = event.pathParameters?.id
      if (user === undefined) throw new AppError('REQUEST_INVALID', 'Expected a user id in the path')
      const request = similarUsersRequest(deps.definition, user, event.queryStringParameters ?? {})
      return ok(await searchUsers(deps, validate(schema, request), { deadline }))
    },
  },
  createLog('search-users'),
)
