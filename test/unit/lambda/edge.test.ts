import type { SQSEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AppError } from '../../../lib/errors.ts'
import { ok } from '../../../lib/lambda/answer.ts'
import { createEdge, type Edge } from '../../../lib/lambda/edge.ts'
import { httpApi, type Route } from '../../../lib/lambda/http.ts'
import { measure, noteOutcome } from '../../../lib/lambda/invocation.ts'
import { timedRedis } from '../../../lib/lambda/timed-redis.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { httpEvent } from '../../support/http-event.ts'

const context = { getRemainingTimeInMillis: () => 10_000, awsRequestId: 'lambda-1', functionVersion: '7' }
let logged: Record<string, unknown>[] = []
let emitted: Record<string, unknown>[] = []

beforeEach(() => {
  logged = []
  emitted = []
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void logged.push(JSON.parse(line)))
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    emitted.push(JSON.parse(String(line)))
    return true
  })
})
afterEach(() => vi.restoreAllMocks())

const newEdge = () => createEdge('search-users', { stage: 'prod' })
const invocations = () => logged.filter(({ message }) => message === 'invocation')
const answerOf = (edge: Edge, route: Route, event = httpEvent('POST /search')) =>
  edge.observed(httpApi({ 'POST /search': route, 'PUT /users/{id}': route }, edge.log))(event, context)

describe('an invocation', () => {
  it('over HTTP writes one line with its ids, its outcome and its times, without its body', async () => {
    const headers = { 'x-request-id': 'caller-1', 'x-amzn-trace-id': 'Self=1-b;Root=1-a;Sampled=1' }
    await answerOf(
      newEdge(),
      async () => ok('canary'),
      httpEvent('POST /search', { headers, body: 'canary' }),
    )
    expect(logged).toEqual([
      expect.objectContaining({
        level: 'INFO',
        message: 'invocation',
        service: 'search-users',
        stage: 'prod',
        requestId: 'lambda-1',
        apiRequestId: 'test',
        callerRequestId: 'caller-1',
        traceId: '1-a',
        functionVersion: '7',
        coldStart: true,
        route: 'POST /search',
        status: 200,
        tookMs: expect.any(Number),
        redisMs: 0,
      }),
    ])
    expect(JSON.stringify([logged, emitted])).not.toContain('canary')
  })

  it('names the caller who signed it', async () => {
    const event = httpEvent('PUT /users/{id}', { pathParameters: { id: 'canary' } })
    Object.assign(event.requestContext, { authorizer: { iam: { userArn: 'arn:aws:iam::1:user/ann' } } })
    await answerOf(newEdge(), async () => ok(null), event)
    expect(logged[0]).toMatchObject({ route: 'PUT /users/{id}', principal: 'arn:aws:iam::1:user/ann' })
    expect(JSON.stringify(logged)).not.toContain('canary')
  })

  it('of a queue names its message; every line in it has the ids', async () => {
    const event = { Records: [{ messageId: 'm-1', attributes: { AWSTraceHeader: 'Root=1-a' } }] }
    const edge = newEdge()
    await edge.observed(async (_: unknown) => edge.log.warn('import finished'))(event, context)
    expect(logged).toHaveLength(2)
    for (const line of logged)
      expect(line).toMatchObject({ stage: 'prod', requestId: 'lambda-1', messageId: 'm-1', traceId: '1-a' })
  })

  it('keeps apart what runs at once in one process', async () => {
    const edge = newEdge()
    const handler = edge.observed(async ({ name }: { name: string }) => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      noteOutcome({ name })
    })
    await Promise.all(['a', 'b'].map((name) => handler({ name }, { ...context, awsRequestId: `of ${name}` })))
    expect(invocations().map(({ requestId, name }) => `${requestId}: ${name}`)).toEqual([
      'of a: a',
      'of b: b',
    ])
  })

  it('counts overlapping calls of Redis once', async () => {
    const reply = () => new Promise<string>((resolve) => setTimeout(() => resolve('OK'), 30))
    const pool: RedisPool = {
      send: reply,
      lease: (work) => work({ send: reply, pipeline: async () => [] }),
      assertConnections: async () => {},
      close: async () => {},
    }
    const redis = timedRedis(pool)
    await newEdge().observed(async (_: object) => {
      await Promise.all([redis.send(['GET', 'a']), redis.lease(({ send }) => send(['GET', 'b']))])
    })({}, context)
    const redisMs = Number(invocations()[0]?.redisMs)
    const tookMs = Number(invocations()[0]?.tookMs)
    expect(redisMs).toBeGreaterThanOrEqual(29)
    expect(redisMs).toBeLessThanOrEqual(tookMs + 1)
    expect(emitted[0]).toMatchObject({ RedisMs: redisMs, requestId: 'lambda-1' })
  })

  it('emits its metrics in one line, and counts its cold start once', async () => {
    const handler = newEdge().observed(async (_: object) => {
      measure({ Searches: 2, SearchMs: 5 })
      measure({ Searches: 1, SearchMs: 4 })
    })
    await handler({}, context)
    await handler({}, context)
    expect(emitted).toEqual([
      expect.objectContaining({ Searches: 3, SearchMs: 4, ColdStarts: 1, InitMs: expect.any(Number) }),
      expect.not.objectContaining({ ColdStarts: 1 }),
    ])
  })
})

describe('a failure', () => {
  const unreachable = () =>
    new AppError('REDIS_UNAVAILABLE', 'Redis cannot be reached', {
      cause: new Error('connect ECONNREFUSED 10.0.0.7:6379'),
    })

  it.each([
    ['USER_NOT_FOUND', 'CallerErrors', 'INFO'],
    ['REDIS_TIMEOUT', 'RedisErrors', 'ERROR'],
    ['INDEX_MISSING', 'IndexErrors', 'ERROR'],
    ['SECRET_UNAVAILABLE', 'AwsErrors', 'ERROR'],
    ['INTERNAL', 'InternalErrors', 'ERROR'],
  ] as const)('of the code %s counts as %s', async (code, metric, level) => {
    await answerOf(newEdge(), async () => Promise.reject(new AppError(code, 'no')))
    expect(emitted[0]).toMatchObject({ [metric]: 1 })
    expect(invocations()[0]).toMatchObject({ level, code })
  })

  it('that reaches Lambda says why, and its type is the code', async () => {
    const invoked = newEdge().observed(async (_: object) => Promise.reject(unreachable()))({}, context)
    await expect(invoked).rejects.toMatchObject({
      name: 'REDIS_UNAVAILABLE',
      message: 'Redis cannot be reached (Error: connect ECONNREFUSED 10.0.0.7:6379)',
    })
    expect(invocations()[0]).toMatchObject({ code: 'REDIS_UNAVAILABLE', coldStart: true })
  })

  it('shows no data of an unforeseen error', async () => {
    const error = new SyntaxError('Unexpected token \'h\', "hunter2" is not valid JSON')
    const invoked = newEdge().observed(async (_: SQSEvent) => Promise.reject(error))({ Records: [] }, context)
    await expect(invoked).rejects.toMatchObject({
      name: 'INTERNAL',
      message: 'An unexpected error occurred (SyntaxError: Unexpected token)',
    })
    expect(JSON.stringify(logged)).not.toContain('hunter2')
  })
})
