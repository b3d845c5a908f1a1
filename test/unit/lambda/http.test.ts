import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../lib/errors.ts'
import { httpApi, jsonBody, ok, type Route, validate } from '../../../lib/lambda/http.ts'
import type { Log } from '../../../lib/lambda/log.ts'
import { httpEvent } from '../../support/http-event.ts'

function call(route: Route, event: Partial<APIGatewayProxyEventV2> = {}) {
  const lines: string[] = []
  const note = (message: string, fields = {}) => void lines.push(`${message} ${JSON.stringify(fields)}`)
  const log: Log = { info: note, warn: note, error: note }
  const handler = httpApi({ 'POST /search': route }, log)
  const answer = handler(httpEvent('POST /search', event), { getRemainingTimeInMillis: () => 10_000 })
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
    expect(unavailable).toMatchObject({ statusCode: 503, headers: { 'retry-after': '1' } })
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

  it('logs one line a request, without its body', async () => {
    const { lines } = await call(async () => ok('canary'), { body: '"canary"' })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^request \{"route":"POST \/search","status":200,"tookMs":\d+\}$/)
  })

  it('answers 404 on a route that the function does not have', async () => {
    expect(await call(async () => ok(null), { routeKey: 'GET /nowhere' })).toMatchObject({
      statusCode: 404,
      body: { code: 'ROUTE_UNKNOWN' },
    })
  })
})

describe('a body', () => {
  const body = (text: string, isBase64Encoded = false) =>
    jsonBody(httpEvent('POST /search', { body: text, isBase64Encoded }))

  it('is read as text and as base64', () => {
    expect(body('{"k":2}')).toEqual({ k: 2 })
    expect(body(Buffer.from('{"k":2}').toString('base64'), true)).toEqual({ k: 2 })
  })

  it.each(['{', '', 'k=2'])('that is %j is no JSON', (text) => {
    expect(() => body(text)).toThrow(expect.objectContaining({ code: 'BODY_NOT_JSON' }))
  })

  it('has at most 1 MiB', () => {
    expect(() => body(`"${'x'.repeat(1024 * 1024)}"`)).toThrow(
      expect.objectContaining({ code: 'BODY_TOO_LARGE' }),
    )
    expect(() => body(`"${'x'.repeat(1024 * 1024 - 2)}"`)).not.toThrow()
  })

  it('of another shape is refused with each place', () => {
    const schema = v.strictObject({ k: v.number(), user: v.string() })
    expect(() => validate(schema, { k: 'x', user: 1 })).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        problems: [expect.objectContaining({ path: 'k' }), expect.objectContaining({ path: 'user' })],
      }),
    )
  })
})
