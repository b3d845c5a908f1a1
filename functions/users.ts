import type { Handlers } from '../lib/api/route.ts'
import type { usersApi } from '../lib/api/users-api.ts'
import { loadConfig, loadRuntime } from '../lib/config.ts'
import { readRecordBody } from '../lib/lambda/body.ts'
import { createEdge } from '../lib/lambda/edge.ts'
import { type Call, httpApi } from '../lib/lambda/http.ts'
import { noteOutcome } from '../lib/lambda/invocation.ts'
import { once } from '../lib/lambda/once.ts'
import { timedRedis } from '../lib/lambda/timed-redis.ts'
import { validate } from '../lib/lambda/validate.ts'
import { connectRedis } from '../lib/redis/connection.ts'
import { UserIdSchema } from '../lib/search/search-request.ts'
import { conditionFailure, isNotModified, parseConditions } from '../lib/users/conditions.ts'
import { hashUserId } from '../lib/users/hash-user-id.ts'
import { deleteUser, putUser, showUser } from '../lib/users/manage-users.ts'

const { log, observed, initialize } = createEdge('users', loadRuntime())

const setUp = once(() => {
  const { definition, redis: settings } = loadConfig()
  return { definition, redis: timedRedis(connectRedis(settings)) }
})

await initialize(setUp)

/** The log names the user by the hash of the id, as the erasure list does. */
function idOf({ event }: Call): string {
  const id = validate(UserIdSchema, event.pathParameters?.id)
  noteOutcome({ userHash: hashUserId(id) })
  return id
}
const etag = (version: string) => ({ etag: `"${version}"` })

export const handler = observed(
  httpApi(
    {
      'GET /users/{id}': async (call) => {
        const conditions = parseConditions(call.event.headers)
        const body = await showUser(setUp(), idOf(call), { deadline: call.deadline })
        const headers = etag(body.version)
        const { match } = conditions
        const failure = match === undefined ? undefined : conditionFailure({ match }, body.version)
        if (failure !== undefined) throw failure
        return isNotModified(conditions, body.version)
          ? { status: 304, headers }
          : { status: 200, body, headers }
      },

      'PUT /users/{id}': async (call) => {
        const { event, deadline } = call
        const conditions = parseConditions(event.headers)
        const body = await putUser(setUp(), idOf(call), readRecordBody(event), conditions, { deadline })
        return { status: body.change === 'created' ? 201 : 200, body, headers: etag(body.version) }
      },

      'DELETE /users/{id}': async (call) => {
        await deleteUser(setUp(), idOf(call), parseConditions(call.event.headers), {
          deadline: call.deadline,
        })
        return { status: 204 }
      },
    } satisfies Handlers<typeof usersApi>,
    log,
    { conditional: ['GET /users/{id}', 'PUT /users/{id}', 'DELETE /users/{id}'] },
  ),
)
