import { readdirSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createInvoke } from '../../dev/local/lambda.ts'
import { startQueue } from '../../dev/local/queue.ts'
import { readServerlessConfig } from '../../dev/local/serverless-config.ts'
import { connectAsUsers } from '../../dev/redis/users.ts'
import { APIS } from '../../lib/api/openapi.ts'
import type { Api } from '../../lib/api/route.ts'
import { orderArgs } from '../../lib/audiences/audience-ledger.ts'
import { newReport } from '../../lib/audiences/audience-report.ts'
import { audienceRequestSchema } from '../../lib/audiences/audience-request.ts'
import { ProblemDetailsSchema } from '../../lib/lambda/problem-details.ts'
import { objectStore } from '../../lib/s3/object-store.ts'
import { bikeShop, bikeShopFile } from '../support/bike-shop.ts'
import { useBucket } from '../support/bucket.ts'
import { useRedis } from '../support/redis.ts'

const folder = new URL('../../events/', import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith('.json'))

/** An audience that the events name. */
const AUDIENCE = 'a0123456789abcde'

/** What each event leads to: an HTTP status with some of its body, or the function's own result. In this order. */
const expected: Record<string, { status: number; body: object | undefined } | { result: unknown }> = {
  'provision-index.after-deploy.json': {
    result: expect.objectContaining({ change: 'created', state: 'ready' }),
  },
  'provision-index.create.json': { status: 200, body: { change: 'unchanged', state: 'ready' } },
  'provision-index.force.json': { status: 200, body: { change: 'unchanged', migration: null } },
  'provision-index.plan.json': { status: 200, body: { action: 'none', changes: [], refused: null } },
  'provision-index.definition.json': {
    status: 200,
    body: { name: 'idx:user_prefs', vector: { dimensions: 3 } },
  },
  'provision-index.rollback-to-nothing.json': { status: 409, body: { code: 'ROLLBACK_IMPOSSIBLE' } },
  'provision-index.quarantine.json': { status: 200, body: { ids: [] } },
  'provision-index.restore.json': { status: 200, body: { ids: [] } },
  'import-users.s3.json': {
    result: [expect.objectContaining({ state: 'COMPLETED', written: 4, searchable: 4 })],
  },
  'import-users.queued.json': { result: { batchItemFailures: [] } },
  'import-users.queued-job.json': { result: { batchItemFailures: [] } },
  'import-users.key-with-blanks.json': {
    result: [expect.objectContaining({ state: 'COMPLETED', key: 'imports/spring sale (ü+1).ndjson' })],
  },
  'import-users.test-event.json': { result: [] },
  'import-users.queued-test-event.json': { result: { batchItemFailures: [] } },
  'import-users.unknown-message.json': {
    result: { batchItemFailures: [{ itemIdentifier: '059f36b4-87a3-44ab-83d2-661975830a7d' }] },
  },
  'imports.schedule.json': { result: { started: [] } },
  'imports.status.json': {
    status: 200,
    body: { state: 'COMPLETED', key: 'imports/bike-shop.ndjson', read: 4, percent: 100 },
  },
  'imports.list.json': {
    status: 200,
    body: { imports: expect.arrayContaining([expect.objectContaining({ key: 'imports/bike-shop.ndjson' })]) },
  },
  'imports.start.json': { status: 202, body: { id: '7666cf24d3e54751', state: 'QUEUED' } },
  'imports.start-again.json': { status: 200, body: { id: '7666cf24d3e54751', state: 'DUPLICATE' } },
  'imports.start-nothing.json': { status: 404, body: { code: 'OBJECT_NOT_FOUND' } },
  'imports.cancel-ended.json': { status: 409, body: { code: 'IMPORT_ENDED' } },
  'imports.report.json': { status: 302, body: undefined },
  'imports.rejects-of-none.json': { status: 409, body: { code: 'IMPORT_HAS_NO_FILE' } },
  'imports.upload.json': {
    status: 201,
    body: {
      key: expect.stringMatching(/^imports\/uploads\/\d{4}-\d\d-\d\d\/[0-9a-f]{12}\/spring\.csv$/),
      headers: { 'x-amz-meta-dry-run': 'true' },
    },
  },
  'imports.upload-folder.json': { status: 400, body: { code: 'REQUEST_INVALID' } },
  'imports.unknown.json': { status: 404, body: { code: 'IMPORT_NOT_FOUND' } },
  'audiences.order.json': { status: 202, body: { name: 'spring', state: 'QUEUED', run: 1 } },
  'audiences.order-unknown-field.json': { status: 400, body: { code: 'REQUEST_INVALID' } },
  'audiences.preview.json': { status: 200, body: { sampled: 4, matched: 4, users: 2, seeds: { used: 1 } } },
  'build-audience.queued.json': { result: { batchItemFailures: [] } },
  'build-audience.unknown-message.json': {
    result: { batchItemFailures: [{ itemIdentifier: '059f36b4-87a3-44ab-83d2-661975830a7d' }] },
  },
  'audiences.show.json': {
    status: 200,
    body: { id: AUDIENCE, state: 'COMPLETED', percent: 100, counts: { matched: 4, exported: 2, seeds: 1 } },
  },
  'audiences.list.json': {
    status: 200,
    body: { audiences: expect.arrayContaining([expect.objectContaining({ id: AUDIENCE })]) },
  },
  'audiences.unknown.json': { status: 404, body: { code: 'AUDIENCE_NOT_FOUND' } },
  'audiences.file.json': { status: 302, body: undefined },
  'audiences.file-of-those-who-left.json': { status: 409, body: { code: 'AUDIENCE_HAS_NO_FILE' } },
  'audiences.overlap.json': { status: 200, body: { users: 2, otherUsers: 2, both: 2, share: 1 } },
  'audiences.refresh.json': { status: 202, body: { id: AUDIENCE, state: 'QUEUED', run: 2 } },
  'audiences.refresh-again.json': { status: 409, body: { code: 'AUDIENCE_RUNNING' } },
  'audiences.stop.json': { status: 202, body: { id: AUDIENCE, state: 'QUEUED' } },
  'audiences.delete.json': { status: 204, body: undefined },
  'audiences.schedule.json': { result: { refreshed: [], restarted: [] } },
  'provision-index.sample.json': {
    status: 200,
    body: { users: expect.arrayContaining([{ id: '1', vector: 'ZmZmPzMzMz/NzEw+' }]) },
  },
  'provision-index.status.json': { status: 200, body: { state: 'ready', documents: 4, searchable: 4 } },
  'check-index.schedule.json': {
    result: expect.objectContaining({
      index: expect.objectContaining({ state: 'ready', change: 'unchanged' }),
      lastSweep: expect.objectContaining({ scanned: 4, notSearchable: 0 }),
      staleImports: [],
    }),
  },
  'users.show.json': {
    status: 200,
    body: {
      id: '1',
      version: expect.any(String),
      document: { user: 'samuel', vector_embedding: [0.9, 0.7, 0.2] },
    },
  },
  'users.head.json': { status: 200, body: undefined },
  'users.not-modified.json': { status: 304, body: undefined },
  'users.patch.json': { status: 405, body: { code: 'METHOD_NOT_ALLOWED' } },
  'health.nowhere.json': { status: 404, body: { code: 'ROUTE_UNKNOWN' } },
  'users.show-unknown.json': { status: 404, body: { code: 'USER_NOT_FOUND' } },
  'users.put-new.json': { status: 201, body: { id: 'spring ü 1', change: 'created', searchable: true } },
  'users.put-new-again.json': { status: 412, body: { code: 'PRECONDITION_FAILED' } },
  'users.put-outdated.json': { status: 412, body: { code: 'PRECONDITION_FAILED' } },
  'users.put-two-dimensions.json': { status: 400, body: { code: 'VECTOR_DIMENSIONS' } },
  'users.delete.json': { status: 200, body: { id: 'spring ü 1', deleted: true, erased: false } },
  'users.erase.json': { status: 200, body: { id: '9', deleted: false, erased: true } },
  'users.put-erased.json': { status: 409, body: { code: 'ERASED' } },
  'users.list-erasures.json': { status: 200, body: { count: 1, newest: [{ expiresAt: null }] } },
  'users.undo-erasure.json': { status: 204, body: undefined },
  'users.undo-no-erasure.json': { status: 404, body: { code: 'ERASURE_NOT_FOUND' } },
  'users.put-restored.json': { status: 201, body: { id: '9', change: 'created' } },
  'health.get.json': { status: 200, body: { status: 'ok', problems: [] } },
  'health.openapi.json': { status: 200, body: { openapi: '3.1.0', info: { title: 'Lookalike' } } },
  'search-users.by-vector.json': {
    status: 200,
    body: { results: [{ id: '1' }, { id: '2' }], complete: true },
  },
  'search-users.by-base64-vector.json': { status: 200, body: { results: [{ id: '1' }, { id: '2' }] } },
  'search-users.base64-body.json': { status: 200, body: { results: [{ id: '1' }, { id: '2' }] } },
  'search-users.by-user.json': { status: 200, body: { results: [{ id: '2' }, { id: '3' }] } },
  'search-users.with-filter.json': { status: 200, body: { results: [{ id: '4' }] } },
  'search-users.with-fields-and-vector.json': {
    status: 200,
    body: { results: [{ id: '1', fields: { labels: 'mountain, kids' }, vector: [0.9, 0.7, 0.2] }] },
  },
  'search-users.similar-to-user.json': {
    status: 200,
    body: { results: [{ id: '2' }, { id: '3' }, { id: '4' }] },
  },
  'search-users.by-group.json': { status: 200, body: { results: [{ id: '2' }, { id: '3' }] } },
  'search-users.best-score.json': {
    status: 200,
    body: { results: [{ id: '2' }, { id: '3' }], warnings: [] },
  },
  'search-users.exact.json': { status: 200, body: { results: [{ id: '1' }], complete: true } },
  'search-users.several.json': {
    status: 200,
    body: {
      answers: [
        { results: [{ id: '2' }] },
        { results: [{ id: '1' }] },
        { problem: { code: 'USER_NOT_FOUND', status: 404 } },
      ],
    },
  },
  'search-users.unknown-user.json': { status: 404, body: { code: 'USER_NOT_FOUND' } },
  'search-users.two-dimensions.json': { status: 400, body: { code: 'VECTOR_DIMENSIONS' } },
  'search-users.zero-vector.json': { status: 400, body: { code: 'VECTOR_ZERO' } },
  'search-users.unknown-member.json': { status: 400, body: { code: 'REQUEST_INVALID' } },
  'search-users.no-json.json': { status: 400, body: { code: 'BODY_NOT_JSON' } },
}

describe('every event in events/', () => {
  const redis = useRedis({ appendonly: true })
  const s3 = useBucket()
  const invoke = createInvoke(readServerlessConfig().functions, {
    variables: connectAsUsers(redis.urlOf),
  })
  let closeQueue = async () => {}

  beforeAll(async () => {
    const queue = await startQueue({
      invoke: async () => ({}),
      maxConcurrency: 1,
      maxReceiveCount: 5,
      visibilitySeconds: 60,
    })
    closeQueue = queue.close
    vi.stubEnv('IMPORT_BUCKET', s3.bucket)
    vi.stubEnv('IMPORT_QUEUE_URL', queue.queueUrl)
    vi.stubEnv('AUDIENCE_QUEUE_URL', queue.queueUrl)
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', queue.url)
    const request = v.parse(audienceRequestSchema(bikeShop), { like: ['1'], size: { users: 2 } })
    const ended = newReport('a000000000000001', 1, request, bikeShop, s3.bucket)
    const orders = [
      newReport(AUDIENCE, 1, request, bikeShop, s3.bucket),
      { ...ended, state: 'FAILED' as const },
    ]
    for (const command of orders.flatMap((report) => orderArgs(report, request))) {
      await redis.pool().send(command)
    }
    const objects = objectStore(s3.bucket)
    for (const key of ['imports/bike-shop.ndjson', 'imports/spring sale (ü+1).ndjson']) {
      await objects.put(key, bikeShopFile.toString(), 'application/x-ndjson')
    }
  })
  afterAll(() => closeQueue())

  it('has an expected outcome, and every outcome its event', () => {
    expect(names.toSorted()).toEqual(Object.keys(expected).toSorted())
  })

  it.each(Object.keys(expected))('%s', async (name) => {
    const functionName = name.slice(0, name.indexOf('.'))
    const event: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'))
    const result = await invoke(functionName, event)
    const outcome = expected[name]
    if (outcome === undefined) throw new Error(`No outcome is expected of ${name}`)
    if ('result' in outcome) {
      expect(result).toEqual(outcome.result)
      return
    }
    const { statusCode, body } = result as { statusCode: number; body?: string }
    expect(statusCode).toBe(outcome.status)
    if (outcome.body === undefined) {
      expect(body).toBeUndefined()
      return
    }
    const answer: unknown = JSON.parse(body ?? '')
    expect(answer).toMatchObject(outcome.body)
    // Members that the description lacks would be left out.
    expect(described(event, outcome.status, answer)).toEqual(answer)
  })
})

const Event = v.object({
  routeKey: v.string(),
  requestContext: v.object({ http: v.object({ method: v.string() }) }),
})
const apis: Api[] = Object.values(APIS).map((describeApi) =>
  describeApi({ definition: bikeShop, maxK: 1000 }),
)

/** An answer as its route's description knows it. */
function described(event: unknown, status: number, answer: unknown): unknown {
  const { routeKey, requestContext } = v.parse(Event, event)
  const key = routeKey.replace('ANY', requestContext.http.method)
  const route = apis.map(({ routes }) => routes[key]).find((found) => found !== undefined)
  const body = route?.answers[status]?.body
  if (body !== undefined) return v.parse(body, answer)
  const problem = v.parse(ProblemDetailsSchema, answer)
  // What no route is described by cannot be among a route's errors.
  if (route !== undefined) expect(route.errors).toContain(problem.code)
  return problem
}
