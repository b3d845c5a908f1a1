import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../lib/errors.ts'
import { ok } from '../../../lib/lambda/answer.ts'
import { httpApi, type Route } from '../../../lib/lambda/http.ts'
import type { Log } from '../../../lib/lambda/log.ts'
import { httpEvent } from '../../support/http-event.ts'

const context = { getRemainingTimeInMillis: () => 10_000 }

function call(route: Route, event: Partial<APIGatewayProxyEventV2> = {}) {
  const lines: string[] = []
  const note = (message: string, fields = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { info: note, warn: note, error: note }
  const handler = httpApi({ 'POST /search': route }, log)
  const answer = handler(httpEvent('POST /search', event), context)
  return answer.then((result) => ({ ...result, body: JSON.parse(result.body ?? ''), lines }))
}

describe('the HTTP edge', () => {
  it('answers JSON', async () => {
    expect(await call(async () => ok({ a: 1 }))).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json' },
      body: { a: 1 },
    })
  })

  it('answers an error as problem+json, with its code and every place', async () => {
    const problems = [{ path: 'vector[7]', message: 'Expected a number' }]
    const answer = await call(async () => {
      throw new AppError('VECTOR_NOT_FINITE', 'Expected a number at vector[7]', { problems })
    })
    expect(answer).toMatchObject({
      statusCode: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'urn:lookalike:error:VECTOR_NOT_FINITE',
        title: 'The vector does not fit into its type',
        status: 400,
        detail: 'Expected a number at vector[7]',
        code: 'VECTOR_NOT_FINITE',
        errors: problems,
      },
    })
  })

  it('says when to try again what may pass, and only that', async () => {
    const unavailable = await call(async () => {
      throw new AppError('REDIS_UNAVAILABLE', 'Redis cannot be reached')
    })
    expect(unavailable).toMatchObject({ statusCode: 503, headers: { 'retry-after': '2' } })
    const invalid = await call(async () => {
      throw new AppError('FILTER_INVALID', 'no')
    })
    expect(invalid.headers).not.toHaveProperty('retry-after')
  })

  it('keeps to itself what nobody foresaw', async () => {
    const answer = await call(async () => {
      throw new Error('secret')
    })
    expect(answer).toMatchObject({ statusCode: 500, body: { code: 'INTERNAL' } })
    expect(JSON.stringify(answer.body)).not.toContain('secret')
  })

  it('gives a route at most five seconds, and what is left of the invocation less half a second', async () => {
    const deadlineOf = async (remaining: number) => {
      let left = 0
      const route: Route = async ({ deadline }) => {
        left = deadline - Date.now()
        return ok(null)
      }
      const log: Log = { info() {}, warn() {}, error() {} }
      await httpApi({ 'POST /search': route }, log)(httpEvent('POST /search'), {
        getRemainingTimeInMillis: () => remaining,
      })
      return left
    }
    expect(await deadlineOf(15_000)).toBeGreaterThan(4_900)
    expect(await deadlineOf(15_000)).toBeLessThanOrEqual(5_000)
    expect(await deadlineOf(2_000)).toBeLessThanOrEqual(1_500)
  })

  it('names the request in a problem answer, by the id that the log and the access log have', async () => {
    const { body } = await call(async () => Promise.reject(new AppError('USER_NOT_FOUND', 'no')))
    expect(body).toMatchObject({ instance: 'urn:lookalike:request:test' })
  })

  it('keeps every answer out of caches, and from being taken for another type', async () => {
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    expect(await call(async () => ok(null))).toMatchObject({ headers })
    expect(await call(async () => Promise.reject(new Error('no')))).toMatchObject({ headers })
  })

  it('refuses an answer that Lambda could not send', async () => {
    expect(await call(async () => ok('x'.repeat(5 * 1024 * 1024 - 2)))).toMatchObject({ statusCode: 200 })
    expect(await call(async () => ok('x'.repeat(5 * 1024 * 1024)))).toMatchObject({
      statusCode: 413,
      body: { code: 'ANSWER_TOO_LARGE' },
    })
  })

  it('bounds what comes back of a request with many mistakes', async () => {
    const problems = Array.from({ length: 100_000 }, (_, i) => ({
      path: `like[${i}]`,
      message: 'x'.repeat(9_000),
    }))
    const { body } = await call(async () => {
      throw new AppError('REQUEST_INVALID', 'y'.repeat(1_000_000), { problems })
    })
    expect(body.errors).toHaveLength(20)
    expect(body.detail).toContain('(and 99980 more problems)')
    expect(JSON.stringify(body).length).toBeLessThan(100_000)
  })

  it('answers 404 on a path that the function does not have', async () => {
    expect(await call(async () => ok(null), { routeKey: '$default', rawPath: '/nowhere' })).toMatchObject({
      statusCode: 404,
      body: { code: 'ROUTE_UNKNOWN', detail: expect.stringContaining('/nowhere') },
    })
  })
})

describe('a path with the routes GET and PUT', () => {
  const routes = {
    'GET /users/{id}': async () => ({ status: 200, body: { id: '7' }, headers: { etag: '"a"' } }),
    'PUT /users/{id}': async () => ok('put'),
  }
  const send = (method: string, members: Partial<APIGatewayProxyEventV2> = {}, options = {}) => {
    const event = httpEvent(`${method} /users/{id}`, { routeKey: 'ANY /users/{id}', ...members })
    return httpApi(routes, { info() {}, warn() {}, error() {} }, options)(event, context)
  }

  it('answers HEAD as it answers GET, without the body', async () => {
    const { headers, ...head } = await send('HEAD')
    expect(head).toEqual({ statusCode: 200 })
    expect(headers).toEqual((await send('GET')).headers)
  })

  it('names the methods that it has to every other', async () => {
    const refused = await send('DELETE')
    expect(refused).toMatchObject({ statusCode: 405, headers: { allow: 'GET, PUT, HEAD, OPTIONS' } })
    expect(refused.body).toContain('METHOD_NOT_ALLOWED')
    expect(await send('OPTIONS')).toMatchObject({
      statusCode: 204,
      headers: { allow: 'GET, PUT, HEAD, OPTIONS' },
    })
  })

  it('refuses a query string that it does not read', async () => {
    const query = { queryStringParameters: { limit: '5' } }
    expect(await send('GET', query)).toMatchObject({ statusCode: 400 })
    expect(await send('GET', query, { query: ['GET /users/{id}'] })).toMatchObject({ statusCode: 200 })
  })

  it('refuses a version where nothing has one', async () => {
    const condition = { headers: { 'if-match': '"a"' } }
    expect(await send('PUT', condition)).toMatchObject({ statusCode: 412 })
    expect(await send('PUT', condition, { conditional: ['PUT /users/{id}'] })).toMatchObject({
      statusCode: 200,
    })
  })
})
