import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import * as v from 'valibot'
import { AppError, excerpt, toAppError } from '../errors.ts'
import type { Deadline } from '../redis/redis.ts'
import { type Answer, toProblemResult, toSuccessResult } from './answer.ts'
import { noteFailure } from './edge.ts'
import { describeFailure } from './failure.ts'
import { noteOutcome } from './invocation.ts'
import type { Log } from './log.ts'

export interface Call {
  event: APIGatewayProxyEventV2
  deadline: Deadline
}

export type Route = (call: Call) => Promise<Answer>

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<APIGatewayProxyStructuredResultV2>

export interface HttpOptions {
  /** The routes that read a query string. Every other route refuses one. */
  query?: readonly string[]
  /** The routes with a versioned resource. They read If-Match and If-None-Match. */
  conditional?: readonly string[]
}

/** No HTTP caller waits longer than this. The reserve is for sending the answer. */
const MAX_WAIT_MS = 5_000
const RESERVE_MS = 500

/**
 * The HTTP edge: one handler for all routes (`'POST /search'`) of a function. API Gateway sends every method of a
 * path to it. So it answers HEAD, OPTIONS and unsupported methods as RFC 9110 requires.
 */
export function httpApi(routes: Record<string, Route>, log: Log, options: HttpOptions = {}): HttpHandler {
  return async (event, context) => {
    const deadline = Date.now() + Math.min(MAX_WAIT_MS, context.getRemainingTimeInMillis() - RESERVE_MS)
    const { method, path } = readTarget(event)
    const allowed = methodsOf(routes, path)
    let result: APIGatewayProxyStructuredResultV2
    noteOutcome({ route: `${method} ${path}`, principal: principalOf(event.requestContext) })
    try {
      result = toSuccessResult(await answer({ event, deadline }, { method, path, allowed }))
    } catch (thrown) {
      const error = toAppError(thrown)
      const { code } = error
      noteFailure(error)
      if (error.status >= 500) log.error('request failed', describeFailure(error))
      result = toProblemResult(error, {
        instance: requestUrn(event),
        headers: code === 'METHOD_NOT_ALLOWED' ? { allow: allowed.join(', ') } : {},
      })
    }
    noteOutcome({ status: result.statusCode })
    return method === 'HEAD' ? withoutBody(result) : result
  }

  async function answer(
    call: Call,
    { method, path, allowed }: { method: string; path: string; allowed: readonly string[] },
  ): Promise<Answer> {
    if (allowed.length === 0) {
      const got = excerpt(`${method} ${call.event.rawPath}`, 200)
      throw new AppError('ROUTE_UNKNOWN', `Expected a route that GET /openapi.json lists, got ${got}`)
    }
    if (method === 'OPTIONS') return { status: 204, headers: { allow: allowed.join(', ') } }
    const key = `${method === 'HEAD' ? 'GET' : method} ${path}`
    const route = Object.hasOwn(routes, key) ? routes[key] : undefined
    if (route === undefined) {
      throw new AppError('METHOD_NOT_ALLOWED', `Expected ${allowed.join(', ')} for ${path}`)
    }
    refuseUnreadInput(call.event, key, options)
    return route(call)
  }
}

/** Whether it is an HTTP API event, for functions that also have other triggers. */
export function isHttp(event: object): event is APIGatewayProxyEventV2 {
  return 'routeKey' in event
}

/**
 * The method of the request, and the path as the route declares it: `ANY /users/{id}` is the route of all methods.
 */
function readTarget({ routeKey, requestContext }: APIGatewayProxyEventV2): { method: string; path: string } {
  const [declared = '', path = ''] = routeKey.split(' ')
  return { method: requestContext?.http?.method ?? declared, path }
}

function methodsOf(routes: Record<string, Route>, path: string): string[] {
  const methods = Object.keys(routes)
    .map((key) => key.split(' '))
    .filter(([, declared]) => declared === path)
    .map(([method = '']) => method)
  if (methods.length === 0) return []
  return [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
}

/** Refuses a query string or a condition that the route does not read: it would be ignored silently. */
function refuseUnreadInput(
  { queryStringParameters = {}, headers }: APIGatewayProxyEventV2,
  key: string,
  { query = [], conditional = [] }: HttpOptions,
): void {
  const [name] = query.includes(key) ? [] : Object.keys(queryStringParameters)
  if (name !== undefined) {
    const message = `Expected no query string for ${key}, got one`
    throw new AppError('REQUEST_INVALID', message, { problems: [{ path: name, message }] })
  }
  if (conditional.includes(key) || headers['if-match'] === undefined || headers['if-match'] === '*') return
  throw new AppError(
    'PRECONDITION_FAILED',
    `Expected no version in If-Match for ${key}: its resource has no versions`,
  )
}

/** Names the request in a problem answer. The id is `apiRequestId` in the log, and `requestId` in the access log. */
function requestUrn({ requestContext }: APIGatewayProxyEventV2): string | undefined {
  const id = requestContext?.requestId
  return id === undefined ? undefined : `urn:lookalike:request:${id}`
}

const AuthorizerSchema = v.object({
  authorizer: v.object({
    iam: v.optional(v.object({ userArn: v.string() })),
    jwt: v.optional(v.object({ claims: v.object({ sub: v.string() }) })),
  }),
})

/**
 * The ARN of a caller that signs with IAM, or the subject of a JWT. The local stack does not authenticate callers.
 */
function principalOf(requestContext: unknown): string | undefined {
  const parsed = v.safeParse(AuthorizerSchema, requestContext)
  if (!parsed.success) return undefined
  const { iam, jwt } = parsed.output.authorizer
  return iam?.userArn ?? jwt?.claims.sub
}

function withoutBody(result: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 {
  const { body: _, ...head } = result
  return head
}
