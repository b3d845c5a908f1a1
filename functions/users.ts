import type { Handlers } from '../lib/api/route.ts'
import type { usersApi } from '../lib/api/users-api.ts'
import { loadConfig } from '../lib/config.ts'
import { bodyBytes, type Call, httpApi, validate } from '../lib/lambda/http.ts'
import { createLog } from '../lib/lambda/log.ts'
import { once } from '../lib/lambda/once.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { UserIdSchema } from '../lib/search/search-request.ts'
import { parseConditions } from '../lib/users/conditions.ts'
import { deleteUser, putUser, showUser } from '../lib/users/manage-users.ts'

const setUp = once(() => {
  const { definition, redis: settings } = loadConfig()
  return { definition, redis: connectRedis(settings) }
})

const idOf = ({ event }: Call) => validate(UserIdSchema, event.pathParameters?.id)
const etag = (version: string) => ({ etag: `"${version}"` })

export const handler = httpApi(
  {
    'GET /users/{id}': async (call) => {
      const body = await showUser(setUp(), idOf(call), { deadline: call.deadline })
      return { status: 200, body, headers: etag(body.version) }
    },

    'PUT /users/{id}': async (call) => {
      const { event, deadline } = call
      const conditions = parseConditions(event.headers)
      const body = await putUser(setUp(), idOf(call), bodyBytes(event), conditions, { deadline })
      return { status: body.change === 'created' ? 201 : 200, body, headers: etag(body.version) }
    },

    'DELETE /users/{id}': async (call) => {
      await deleteUser(setUp(), idOf(call), parseConditions(call.event.headers), { deadline: call.deadline })
      return { status: 204 }
    },
  } satisfies Handlers<typeof usersApi>,
  createLog('users'),
)
