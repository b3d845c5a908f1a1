import type { S3Client } from '@aws-sdk/client-s3'
import { beforeEach, vi } from 'vitest'
import type { RedisVersion } from '../../dev/redis/find.ts'
import type { IndexDefinition } from '../../lib/definition.ts'
import { type Ledger, readLedger } from '../../lib/import/import-ledger.ts'
import { type ImportJob, importId } from '../../lib/import/import-report.ts'
import type { ImportReport } from '../../lib/import/import-report-schema.ts'
import { importUsers } from '../../lib/import/import-users.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { poolWithDeadline } from '../../lib/redis/pool-with-deadline.ts'
import { objectStore } from '../../lib/s3/object-store.ts'
import { bikeShop } from './bike-shop.ts'
import { useS3 } from './bucket.ts'
import { useRedis } from './redis.ts'
import { BUCKET, put, s3ForTest } from './s3.ts'

interface SetUpOptions {
  definition?: IndexDefinition
  metadata?: Record<string, string>
  s3?: Parameters<typeof s3ForTest>[0]
}

/** A record of an NDJSON file of the bike shop. */
export function line(id: unknown, vector: unknown = [1, 2, 3], members = {}): string {
  return `${JSON.stringify({ id, vector_embedding: vector, ...members })}\n`
}

/** For the tests of a describe: a Redis with an append-only file, emptied before each, and imports into it. */
export function useImports({ version = 'any' }: { version?: RedisVersion } = {}) {
  const server = useRedis({ appendonly: true, version })
  const ledgerOf = (key: string): Promise<Ledger> => readLedger(server.pool(), importId(BUCKET, key))
  let sequence = 0
  beforeEach(async () => {
    await server.pool().send(['FLUSHALL'])
    await provisionIndex({ redis: server.pool(), definition: bikeShop })
  })

  return {
    /** May do everything; the imports themselves have the importer's user. */
    get redis() {
      return server.pool()
    },
    pool: server.pool,
    urlOf: server.urlOf,
    stored: async (id: string) => JSON.parse(String(await server.pool().send(['JSON.GET', `user:${id}`]))),
    countUsers: async () =>
      Number(await server.pool().send(['EVAL', "return #redis.call('KEYS','user:*')", '0'])),
    /** How often a command was executed since CONFIG RESETSTAT. */
    calls: async (command: string) => {
      const stats = String(await server.pool().send(['INFO', 'commandstats']))
      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`, 'i').exec(stats)?.[1] ?? 0)
    },
    ledgerOf,
    /** Resolves when the import under way has its first window in Redis. */
    hasBegun: (key: string) =>
      vi.waitUntil(async () => ((await ledgerOf(key)).report?.written ?? 0) > 0, {
        timeout: 10_000,
        interval: 10,
      }),

    /** A bucket with the file in it, and the import of it: each `run` is of a later event, if nothing else is said. */
    async setUp(
      key: string,
      body: string | Buffer,
      { definition = bikeShop, metadata, s3 = {} }: SetUpOptions = {},
    ) {
      const { client, server: bucket } = await s3ForTest(s3)
      useS3(bucket.url)
      const { ETag = '' } = await put(client, key, body, metadata && { Metadata: metadata })
      const etag = ETag.replaceAll('"', '')
      const deps = {
        redis: server.pool('import-users'),
        definition,
        objects: objectStore(BUCKET),
        importPrefix: 'imports/',
        reportPrefix: 'reports/',
        maxRecordBytes: 1024 * 1024,
      }
      const sequencer = () => (++sequence).toString(16).padStart(8, '0')
      const run = (job: Partial<ImportJob> = {}, more: { stopAt?: number } = {}): Promise<ImportReport> =>
        importUsers(
          // As the function has it: who waits for a connection waits as long as the invocation.
          { ...deps, redis: poolWithDeadline(deps.redis, Date.now() + 600_000), ...more },
          { bucket: BUCKET, key, etag, sequencer: sequencer(), ...job },
        )
      return { client, etag, deps, run, upload: (text: string | Buffer) => upload(client, key, text) }
    },
  }
}

async function upload(client: S3Client, key: string, body: string | Buffer): Promise<string> {
  const { ETag = '' } = await put(client, key, body)
  return ETag.replaceAll('"', '')
}
