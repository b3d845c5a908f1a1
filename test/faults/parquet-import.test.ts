import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { connectTo } from '../support/bike-shop.ts'
import { bundled } from '../support/environment-process.ts'
import { importBucket, startImporter } from '../support/import-environment.ts'
import { CODECS } from '../support/parquet-file.ts'
import { useRedis } from '../support/redis.ts'
import { temporaryFolder } from '../support/stack.ts'
import { vectorFile } from '../support/vector-pages.ts'

const [ROWS, DIMENSIONS] = [8_000, 3_072]
/** The page of 98 MB is in memory twice while it is unpacked. */
const MAX_MB = 550

describe('the memory of an import of a page as DuckDB writes it', () => {
  const part = { storage: 'hash', vector: { dimensions: DIMENSIONS, algorithm: 'FLAT' } } as const
  const definition = defineIndex(INDEX_DEFINITION, part)
  const redis = useRedis({ definition })

  it(`is at most ${MAX_MB} MB for 98 MB, with a heap of 460 MB`, async () => {
    const admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition })
    await admin.close()
    const bucket = await importBucket()
    const event = await bucket.upload(vectorFile(1, ROWS, DIMENSIONS, CODECS.SNAPPY), 'imports/users.parquet')
    const { nodeOptions: _, ...deployed } = await bundled('import-users', await temporaryFolder())
    const { invoke, pid } = await startImporter(
      bucket.url,
      {
        REDIS_URL: redis.urlOf('import-users'),
        INDEX_DEFINITION: JSON.stringify(part),
        LOG_LEVEL: 'INFO',
        NODE_OPTIONS: '--max-semi-space-size=16 --max-old-space-size=460',
      },
      deployed,
    )
    let most = 0
    let isRunning = true
    const watching = (async () => {
      for (; isRunning; await sleep(50)) most = Math.max(most, await rssOf(pid))
    })()
    const { result, error } = await invoke(event)
    isRunning = false
    await watching
    expect(error).toBeUndefined()
    expect(result).toMatchObject([{ state: 'COMPLETED', read: ROWS, written: ROWS, searchable: ROWS }])
    console.log(`one page of 98 MB: at most ${most.toFixed(0)} MB`)
    expect(most).toBeLessThanOrEqual(MAX_MB)
  })
})

async function rssOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1024
}
