import * as v from 'valibot'
import type { Handlers } from '../lib/api/route.ts'
import type { usersApi } from '../lib/api/users-api.ts'
import { loadConfig, loadRuntime } from '../lib/config.ts'
import { AppError } from '../lib/errors.ts'
import { ok } from '../lib/lambda/answer.ts'
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
import {
  EraseSchema,
  eraseUser,
  putUnlessErased,
  RestoreSchema,
  removeUser,
} from '../lib/users/erase-user.ts'
import { listErasures, removeErasure } from '../lib/users/erasures.ts'
import { hashUserId } from '../lib/users/hash-user-id.ts'
import { showUser } from '../lib/users/manage-users.ts'

const { log, observed, initialize } = createEdge('users', loadRuntime())

const setUp = once(() => {
  const { definition, erasureMs, redis: settings } = loadConfig()
  return { definition, erasureMs, redis: timedRedis(connectRedis(settings)) }
})

await initialize(setUp)

/** The log names the user by the hash of the id, as the erasure list does. */
function idOf({ event }: Call): string {
  const id = validate(UserIdSchema, event.pathParameters?.id)
  noteOutcome({ userHash: hashUserId(id) })
  return id
}
const etag = (version: string) => ({ etag: `"${version}"` })

const PutQuery = v.strictObject({ restore: RestoreSchema })
const DeleteQuery = v.strictObject({ erase: EraseSchema })

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
        const { restore } = validate(PutQuery, event.queryStringParameters ?? {})
        const settings = { ...conditions, restore: restore === 'true' }
        const record = readRecordBody(event)
        const body = await putUnlessErased(setUp(), idOf(call), record, settings, { deadline })
        return { status: body.change === 'created' ? 201 : 200, body, headers: etag(body.version) }
      },

      'DELETE /users/{id}': async (call) => {
        const { event, deadline } = call
        const { erase } = validate(DeleteQuery, event.queryStringParameters ?? {})
        const conditions = parseConditions(event.headers)
        if (erase !== 'true') return ok(await removeUser(setUp(), idOf(call), conditions, { deadline }))
        if (Object.keys(conditions).length > 0) throw conditionsWithErase()
        return ok(await eraseUser(setUp(), idOf(call), { deadline }))
      },

      'GET /erasures': async ({ deadline }) => ok(await listErasures(setUp(), { deadline })),

      'DELETE /erasures/{id}': async (call) => {
        const id = idOf(call)
        if (await removeErasure(setUp(), id, { deadline: call.deadline })) return { status: 204 }
        throw new AppError(
          'ERASURE_NOT_FOUND',
          'Expected the id of an erased person, got an id that is not on the list',
        )
      },
    } satisfies Handlers<typeof usersApi>,
    log,
    {
      query: ['PUT /users/{id}', 'DELETE /users/{id}'],
      conditional: ['GET /users/{id}', 'PUT /users/{id}', 'DELETE /users/{id}'],
    },
  ),
)

/** An erasure that depends on a version would fail silently for a person that is not stored. */
function conditionsWithErase(): AppError {
  const message = 'Expected no If-Match or If-None-Match with erase=true, got one'
  return new AppError('REQUEST_INVALID', message, { problems: [{ path: 'erase', message }] })
}
