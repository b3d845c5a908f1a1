import * as v from 'valibot'
import { beforeEach } from 'vitest'
import type { AudienceReport } from '../../lib/audiences/audience-report-schema.ts'
import { audienceRequestSchema } from '../../lib/audiences/audience-request.ts'
import { buildAudience } from '../../lib/audiences/build-audience.ts'
import type { AudienceJob } from '../../lib/audiences/claim-audience.ts'
import { orderAudience, refreshAudience } from '../../lib/audiences/manage-audiences.ts'
import type { IndexDefinition } from '../../lib/definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { poolWithDeadline } from '../../lib/redis/pool-with-deadline.ts'
import { objectStore } from '../../lib/s3/object-store.ts'
import type { Queue } from '../../lib/sqs/queue.ts'
import { bikeShop } from './bike-shop.ts'
import { useS3 } from './bucket.ts'
import { useRedis } from './redis.ts'
import { BUCKET, read, s3ForTest } from './s3.ts'

/** A Redis for audiences, emptied before each test, with the index of the definition. */
export function useAudiences({ definition = bikeShop }: { definition?: IndexDefinition } = {}) {
  const server = useRedis({ definition, appendonly: true })
  beforeEach(async () => {
    await server.pool().send(['FLUSHALL'])
    await provisionIndex({ redis: server.pool(), definition })
  })

  return {
    get redis() {
      return server.pool()
    },
    urlOf: server.urlOf,
    server: () => server.server,

    /** A bucket, and the jobs of one deployment. */
    async setUp({ s3 = {} }: { s3?: Parameters<typeof s3ForTest>[0] } = {}) {
      const { client, server: bucket } = await s3ForTest(s3)
      useS3(bucket.url)
      const sent: AudienceJob[] = []
      const queue: Queue = {
        send: async (body) => void sent.push(v.parse(Message, body).audience),
        retryIn: async () => {},
      }
      const objects = objectStore(BUCKET)
      const manage = { redis: server.pool('audiences'), definition, objects, queue }
      const build = (job: AudienceJob, more: { stopAt?: number; mostSampled?: number } = {}) =>
        buildAudience(
          {
            redis: poolWithDeadline(server.pool('build-audience'), Date.now() + 600_000),
            definition,
            objects,
            redisShare: 1,
            ...more,
          },
          job,
        )
      const order = (request: object) =>
        orderAudience(manage, v.parse(audienceRequestSchema(definition), request))
      const run = async (request: object): Promise<AudienceReport> => {
        const { id, run } = await order(request)
        return ended(await build({ id, run }))
      }
      const refresh = async (id: string): Promise<AudienceReport> => {
        const { run } = await refreshAudience(manage, id)
        return ended(await build({ id, run }))
      }
      const text = async (key: string | null) => (await read(client, key ?? '')) ?? ''
      return { client, url: bucket.url, objects, manage, sent, order, build, run, refresh, text }
    },
  }
}

const Message = v.object({ audience: v.object({ id: v.string(), run: v.number() }) })

function ended(report: AudienceReport | undefined): AudienceReport {
  if (report !== undefined) return report
  throw new Error('Expected a run to build, got none')
}

/** The rows of a CSV of audiences, by its header. No cell of these tests has a comma. */
export function rowsOf(csv: string): Record<string, string>[] {
  const [header = '', ...lines] = csv.replace('\ufeff', '').trim().split('\r\n')
  const names = header.split(',')
  return lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])))
}

/** The invariant of every report. */
export function accountedFor({ counts }: AudienceReport): number {
  const { exported, seeds, excluded, unliked, beyondSize, unreadable } = counts
  return exported + seeds + excluded + unliked + beyondSize + unreadable
}
