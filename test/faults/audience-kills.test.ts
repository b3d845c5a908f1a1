import { describe, expect, it } from 'vitest'
import { readAudience } from '../../lib/audiences/audience-ledger.ts'
import { accountedFor, useAudiences } from '../support/audiences.ts'
import { store } from '../support/bike-shop.ts'
import type { LambdaEnvironment } from '../support/lambda-environment.ts'
import { startEnvironment } from '../support/lambda-environment.ts'
import { momentOf, randomFaults } from '../support/moments.ts'
import { seeded } from '../support/random.ts'
import { BUCKET, keys, put } from '../support/s3.ts'
import { startTap } from '../support/tap.ts'

const KILLS = 50

describe('the process that builds an audience, killed at fifty moments', () => {
  const audiences = useAudiences()

  it('leaves what the next delivery makes, byte for byte, the file of a clean run', async () => {
    const random = randomFaults()
    const redisUrl = audiences.urlOf('build-audience')
    const { hostname, port } = new URL(redisUrl)
    const tap = await startTap(() => ({ host: hostname, port: Number(port) }))
    const { client, url, order, text } = await audiences.setUp()
    await storeUsers()
    const seeds = Array.from({ length: 40 }, (_, i) => `{"id":"u${i * 7}"}\n`).join('')
    await put(client, 'audiences/seeds/best.ndjson', seeds)
    const start = () =>
      startEnvironment({
        functionName: 'build-audience',
        env: {
          ...{ IMPORT_BUCKET: BUCKET, AUDIENCE_QUEUE_URL: 'http://127.0.0.1:1/000000000000/audiences' },
          ...{ AWS_ENDPOINT_URL_S3: url, AWS_REGION: 'us-east-1' },
          ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
          ...{ REDIS_URL: tap.through(redisUrl), AUDIENCE_REDIS_PERCENT: '100' },
        },
      })
    let environment: LambdaEnvironment | undefined

    /** Delivers the message until the audience has ended; each delivery may be killed at a random byte. */
    async function build(bytes?: number) {
      const { id, run } = await order({
        ...{ like: { key: 'audiences/seeds/best.ndjson' }, size: { percent: 25 } },
        ...{ fields: ['descr'], format: 'ndjson', exclude: ['u3'] },
      })
      let killed = 0
      for (;;) {
        environment ??= await start()
        const current: LambdaEnvironment = environment
        tap.at(bytes === undefined ? Number.POSITIVE_INFINITY : momentOf(random, bytes), async () => {
          killed++
          environment = undefined
          await current.end()
        })
        const { error } = await current.invoke(messageOf(id, run)).catch(() => ({ error: undefined }))
        expect(error).toBeUndefined()
        const { report } = await readAudience(audiences.redis, id)
        if (report?.state === 'QUEUED' || report?.state === 'RUNNING') continue
        if (report === undefined) throw new Error('Expected a report')
        expect(report).toMatchObject({ state: 'COMPLETED', problem: null })
        expect(accountedFor(report)).toBe(1_500)
        const { counts, curve, holdout, sha256 } = report
        const file = await text(report.files.audience)
        return { killed, outcome: { counts, curve, seeds: holdout?.seeds, sha256, file } }
      }
    }

    const clean = await build()
    const bytes = tap.passed()
    let kills = 0
    while (kills < KILLS) {
      const { killed, outcome } = await build(bytes)
      expect(outcome).toEqual(clean.outcome)
      kills += killed
    }
    // What only the jobs needed is gone.
    expect((await keys(client)).filter((key) => key?.includes('/work/'))).toEqual([])
    console.log(`${kills} kills of an audience's builder`)
  })

  async function storeUsers(): Promise<void> {
    const random = seeded(3)
    const component = () => Math.round(random.between(0.05, 1) * 50) / 50
    const users = Array.from({ length: 1_500 }, (_, i) => {
      const vector_embedding = [component(), component(), component()]
      return [`user:u${i}`, { user: `u${i}`, descr: `user ${i}`, labels: 'kids', vector_embedding }] as const
    })
    await store(audiences.redis, Object.fromEntries(users))
  }
})

function messageOf(id: string, run: number): object {
  const body = JSON.stringify({ audience: { id, run } })
  const attributes = { ApproximateReceiveCount: '1' }
  return { Records: [{ messageId: 'm', receiptHandle: 'r', body, attributes, eventSource: 'aws:sqs' }] }
}
