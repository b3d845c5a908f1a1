import { beforeAll, describe, expect, it } from 'vitest'
import type { FaultPlan } from '../../../dev/s3/server.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { bikeShop, connectTo } from '../../support/bike-shop.ts'
import { httpEvent } from '../../support/http-event.ts'
import { importBucket, startImporter } from '../../support/import-environment.ts'
import { line } from '../../support/imports.ts'
import { startEnvironment } from '../../support/lambda-environment.ts'
import { useRedis } from '../../support/redis.ts'
import { BUCKET } from '../../support/s3.ts'
import { silentServer } from '../../support/silent-server.ts'

/** So short that the deadlines of the invocation, and not the clients' own, end what is silent. */
const SHORT_MS = 1_500
const KEY = 'imports/users.ndjson'
/** An invocation that outlives its time rejects. */
const inTime = (timeoutMs: number) => ({ timeoutMs })

describe('an AWS service that takes the connection and is silent', () => {
  const redis = useRedis()
  beforeAll(async () => {
    const admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await admin.close()
  })

  const startImports = (env: Record<string, string>) =>
    startEnvironment({
      functionName: 'imports',
      env: {
        REDIS_URL: redis.urlOf('imports'),
        IMPORT_BUCKET: BUCKET,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        ...env,
      },
    })
  const queueAt = (url: string) => ({
    IMPORT_QUEUE_URL: `${url}/000000000000/imports`,
    AWS_ENDPOINT_URL_SQS: url,
  })
  const start = httpEvent('POST /imports', { body: JSON.stringify({ key: KEY, force: true }) })

  it('as the queue of POST /imports is 503 QUEUE_UNAVAILABLE', async () => {
    const silent = await silentServer()
    const { url, upload } = await importBucket()
    await upload(line(1))
    const { invoke } = await startImports({ ...queueAt(silent.url), AWS_ENDPOINT_URL_S3: url })
    const { result } = await invoke(start, inTime(SHORT_MS))
    expect(result).toMatchObject({ statusCode: 503, body: expect.stringContaining('"QUEUE_UNAVAILABLE"') })
    expect(silent.connections()).toBeGreaterThan(0)
  })

  it('as the bucket of POST /imports is 503 OBJECT_UNAVAILABLE', async () => {
    const silent = await silentServer()
    const { invoke } = await startImports({ ...queueAt(silent.url), AWS_ENDPOINT_URL_S3: silent.url })
    const { result } = await invoke(start, inTime(SHORT_MS))
    expect(result).toMatchObject({ statusCode: 503, body: expect.stringContaining('"OBJECT_UNAVAILABLE"') })
  })

  it('as the bucket or the queue of the scheduled sweep is its error, with its reason in the log', async () => {
    const silent = await silentServer()
    const sweep = { 'detail-type': 'Scheduled Event' }
    const noBucket = await startImports({ ...queueAt(silent.url), AWS_ENDPOINT_URL_S3: silent.url })
    expect((await noBucket.invoke(sweep, inTime(2_000))).error).toMatch(/^OBJECT_UNAVAILABLE: /)
    const { url, upload } = await importBucket()
    await upload(line(1), 'imports/waiting.ndjson')
    const noQueue = await startImports({ ...queueAt(silent.url), AWS_ENDPOINT_URL_S3: url })
    expect((await noQueue.invoke(sweep, inTime(2_000))).error).toMatch(/^QUEUE_UNAVAILABLE: /)
  })

  it('as the bucket of the scheduled sweep is its error, also when its answer has begun', async () => {
    const stall: FaultPlan = ({ query }) => (query.has('list-type') ? { stallAfterBytes: 10 } : undefined)
    const { url } = await importBucket({ fault: stall })
    const { invoke } = await startImports({ ...queueAt(url), AWS_ENDPOINT_URL_S3: url })
    const { error } = await invoke({ 'detail-type': 'Scheduled Event' }, inTime(2_000))
    expect(error).toMatch(/^OBJECT_UNAVAILABLE: /)
  })

  it('as the queue of a failed import costs it the early retry, and not the invocation', async () => {
    const silent = await silentServer()
    const env = { ...queueAt(silent.url), REDIS_URL: redis.urlOf('import-users') }
    const { invoke, output } = await startImporter(silent.url, env)
    const body = JSON.stringify({ job: { bucket: BUCKET, key: KEY } })
    const { result } = await invoke(queued(body), inTime(SHORT_MS))
    expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'm1' }] })
    expect(output()).toContain('"retry of the message not scheduled earlier"')
  })

  it('as the bucket of a report is thrown, so that the queue delivers the import again', async () => {
    const mute: FaultPlan = ({ method, key }) =>
      method === 'PUT' && key.startsWith('reports/') ? { silent: true } : undefined
    const bucket = await importBucket({ fault: mute })
    const { invoke } = await startImporter(bucket.url, { REDIS_URL: redis.urlOf('import-users') })
    const event = await bucket.upload(line(1), 'imports/reported.ndjson')
    const { error } = await invoke(event, inTime(6_500))
    expect(error).toMatch(/^OBJECT_UNAVAILABLE: /)
  })
})

function queued(body: string) {
  const attributes = { ApproximateReceiveCount: '1' }
  return { Records: [{ messageId: 'm1', receiptHandle: 'r', body, attributes, eventSource: 'aws:sqs' }] }
}
