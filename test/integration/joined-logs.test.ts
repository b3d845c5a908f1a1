import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { SQSEvent } from 'aws-lambda'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type HttpApi, startHttpApi } from '../../dev/local/http-api.ts'
import { createInvoke } from '../../dev/local/lambda.ts'
import { type Queue, startQueue } from '../../dev/local/queue.ts'
import { readServerlessConfig } from '../../dev/local/serverless-config.ts'
import { connectAsUsers } from '../../dev/redis/users.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { objectStore } from '../../lib/s3/object-store.ts'
import { hashUserId } from '../../lib/users/hash-user-id.ts'
import { bikeShop, bikeShopFile } from '../support/bike-shop.ts'
import { useBucket } from '../support/bucket.ts'
import { useRedis } from '../support/redis.ts'

type Line = Record<string, unknown>

describe('the log of a search, an import and a failure', () => {
  const redis = useRedis({ appendonly: true })
  const s3 = useBucket()
  const { functions, routes } = readServerlessConfig()
  const invoke = createInvoke(functions, { variables: connectAsUsers(redis.urlOf) })
  const lines: Line[] = []
  const metrics: Line[] = []
  const messages: string[] = []
  let queue: Queue | undefined
  let api: HttpApi | undefined

  beforeAll(async () => {
    vi.stubEnv('STAGE', 'prod')
    const note = (line: unknown) => void lines.push(JSON.parse(String(line)))
    for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(note)
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => metrics.push(JSON.parse(String(line))) > 0)

    const deliver = (event: SQSEvent) => {
      messages.push(...event.Records.map(({ messageId }) => messageId))
      return invoke('import-users', event)
    }
    queue = await startQueue({
      invoke: deliver,
      maxConcurrency: 1,
      maxReceiveCount: 5,
      visibilitySeconds: 60,
      retrySeconds: 60,
    })
    api = await startHttpApi({ routes, invoke })
    vi.stubEnv('IMPORT_BUCKET', s3.bucket)
    vi.stubEnv('IMPORT_QUEUE_URL', queue.queueUrl)
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', queue.url)
    await provisionIndex({ redis: redis.pool(), definition: bikeShop })
    await objectStore(s3.bucket).put('imports/shop.ndjson', bikeShopFile.toString(), 'text/plain')
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await Promise.all([queue?.close(), api?.close()])
  })

  /** What the caller sees, the id of the access log, and the line of the invocation that answered. */
  async function call(
    method: string,
    path: string,
    { body, headers = {} }: { body?: object; headers?: object } = {},
  ) {
    const response = await fetch(new URL(path, api?.url), {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer = v.parse(v.looseObject({ id: v.optional(v.string()) }), await response.json())
    const accessLogId = response.headers.get('apigw-requestid')
    return { answer, accessLogId, line: lines.find(({ apiRequestId }) => apiRequestId === accessLogId) }
  }

  async function textOf(key: string): Promise<string> {
    const { Body } = await new S3Client().send(new GetObjectCommand({ Bucket: s3.bucket, Key: key }))
    return (await Body?.transformToString()) ?? ''
  }

  const invocationOf = (messageId: string | undefined) =>
    vi.waitFor(() => {
      const found = lines.find((one) => one.message === 'invocation' && one.messageId === messageId)
      if (messageId === undefined || found === undefined) throw new Error('Expected the line of the message')
      return found
    }, 10_000)

  it('joins an import: the request that started it, the message, the object and the report', async () => {
    const headers = {
      'x-request-id': 'caller-7',
      'x-amzn-trace-id': 'Root=1-67891233-abcdef012345678912345678',
    }
    const { answer, line } = await call('POST', '/imports', { body: { key: 'imports/shop.ndjson' }, headers })
    const { id } = answer
    expect(line).toMatchObject({
      message: 'invocation',
      service: 'imports',
      stage: 'prod',
      requestId: expect.any(String),
      callerRequestId: 'caller-7',
      traceId: '1-67891233-abcdef012345678912345678',
      route: 'POST /imports',
      status: 202,
      importId: id,
    })

    const done = await vi.waitUntil(() => messages[0], { timeout: 10_000 })
    const imported = await invocationOf(done)
    expect(imported).toMatchObject({
      service: 'import-users',
      importId: id,
      state: 'COMPLETED',
      coldStart: true,
    })
    expect(Number(imported.redisMs)).toBeGreaterThan(0)
    // The line joins the object (key and etag), and the report, which has the id of the import.
    const key = String(imported.reportKey)
    const report = v.parse(
      v.looseObject({ id: v.string(), key: v.string(), etag: v.string() }),
      JSON.parse(await textOf(key)),
    )
    expect(imported).toMatchObject({ importId: report.id, key: report.key, etag: report.etag })
    // Every other line of the invocation has the same ids.
    const others = lines.filter(({ messageId }) => messageId === done)
    expect(others.length).toBeGreaterThan(1)
    for (const one of others) expect(one).toMatchObject({ requestId: imported.requestId, stage: 'prod' })
    expect(metrics).toContainEqual(
      expect.objectContaining({
        function: 'import-users',
        messageId: done,
        ImportsCompleted: 1,
        RecordsWritten: 4,
      }),
    )
  })

  it('joins a search with the access log', async () => {
    const { line, accessLogId } = await call('POST', '/search', { body: { vector: [0.9, 0.7, 0.2], k: 2 } })
    expect(line).toMatchObject({
      message: 'invocation',
      service: 'search-users',
      requestId: expect.any(String),
      apiRequestId: accessLogId,
      functionVersion: '$LATEST',
      route: 'POST /search',
      status: 200,
      complete: true,
      tookMs: expect.any(Number),
      redisMs: expect.any(Number),
    })
    expect(metrics).toContainEqual(
      expect.objectContaining({
        function: 'search-users',
        apiRequestId: accessLogId,
        Searches: 1,
        stage: 'prod',
      }),
    )
  })

  it('joins a failed request with its answer, and names the user only by a hash', async () => {
    const { answer, line, accessLogId } = await call('GET', '/users/canary-user')
    expect(answer).toMatchObject({
      code: 'USER_NOT_FOUND',
      instance: `urn:lookalike:request:${accessLogId}`,
    })
    expect(line).toMatchObject({
      code: 'USER_NOT_FOUND',
      status: 404,
      userHash: hashUserId('canary-user'),
    })
  })

  it('joins a failed message', async () => {
    await queue?.send('{"canary": "canary"}')
    const failed = await invocationOf(await vi.waitUntil(() => messages[1], { timeout: 10_000 }))
    expect(failed).toMatchObject({ level: 'ERROR', code: 'EVENT_UNKNOWN', requestId: expect.any(String) })
    expect(lines).toContainEqual(
      expect.objectContaining({
        message: 'import failed',
        requestId: failed.requestId,
        messageId: messages[1],
      }),
    )
  })

  it('has no personal data', () => {
    const text = JSON.stringify([lines, metrics])
    for (const personal of ['canary', 'samuel', 'Morti', 'mountain', '0.9,0.7'])
      expect(text).not.toContain(personal)
  })
})
