import { execFile } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { objectCreatedEvent } from '../../dev/s3/server.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { connectTo } from '../support/bike-shop.ts'
import { bundled } from '../support/environment-process.ts'
import { type Generated, generatedObject } from '../support/generated-object.ts'
import { startImporter } from '../support/import-environment.ts'
import { line } from '../support/imports.ts'
import { readers } from '../support/readers.ts'
import { useRedis } from '../support/redis.ts'
import { BUCKET } from '../support/s3.ts'
import { temporaryFolder } from '../support/stack.ts'

const MAX_MB = 192
const ID_DIGITS = 8

describe('the memory of an import', () => {
  const redis = useRedis()

  it('is at most 192 MB for an object of 1 GiB, and does not grow with it', async () => {
    // Of the readers, again and again, and each time another of them under an id: it is written every time.
    const lines = readers.slice(0, 250).map(({ vector }) => line(idOf(0), Array.from(vector)))
    const object = blocksOf(lines, { bytes: 1024 ** 3, ids: 4_999 })
    const { report, rss } = await importWatched(object, { dimensions: 384, algorithm: 'FLAT' })
    expect(report).toMatchObject({ state: 'COMPLETED', read: object.records, rejected: 0, unchanged: 0 })
    expectFlat('1 GiB', rss)
  })

  it('is at most 192 MB for 10 million records, and does not grow with them', async () => {
    // Of a thousand users who are stored already, and among a thousand records one that is no user.
    const good = Array.from({ length: 999 }, () => line(idOf(0)))
    const object = blocksOf([...good, line(idOf(0), [0, 0, 0])], { records: 10_000_000, ids: 1_000 })
    const { report, rss } = await importWatched(object, {})
    expect(report).toMatchObject({ state: 'PARTIAL', read: 10_000_000, rejected: 10_000 })
    expectFlat('10 million records', rss)
  })

  async function importWatched(object: Generated, vector: object) {
    const admin = connectTo(redis.server)
    await admin.send(['FLUSHALL'])
    await provisionIndex({ redis: admin, definition: defineIndex(INDEX_DEFINITION, { vector }) })
    await admin.close()
    const { url, size } = await generatedObject(object)
    const { nodeOptions, ...deployed } = await bundled('import-users', await temporaryFolder())
    const { invoke, pid } = await startImporter(
      url,
      {
        REDIS_URL: redis.urlOf('import-users'),
        INDEX_DEFINITION: JSON.stringify({ vector }),
        LOG_LEVEL: 'INFO',
        NODE_OPTIONS: nodeOptions,
      },
      deployed,
    )
    const event = objectCreatedEvent({
      ...{ by: 'Put', bucket: BUCKET, key: 'imports/users.ndjson', size, etag: 'generated' },
      ...{ sequencer: '01', requestId: 'test', time: new Date() },
    })
    const rss: number[] = []
    let isRunning = true
    const watching = (async () => {
      for (; isRunning; await sleep(200)) rss.push(await rssOf(pid))
    })()
    const { result, error, ms } = await invoke(event)
    isRunning = false
    await watching
    expect(error).toBeUndefined()
    const [report] = result as [{ read: number }]
    console.log(`${report.read} records, ${size} bytes in ${Math.round(ms / 1000)} s`)
    return { report, rss }
  }
})

async function rssOf(pid: number): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1024
}

function expectFlat(what: string, rss: number[]): void {
  const mean = (from: number, to: number) => {
    const part = rss.slice(Math.floor(rss.length * from), Math.floor(rss.length * to))
    return part.reduce((sum, mb) => sum + mb, 0) / part.length
  }
  const [most, third, last] = [Math.max(...rss), mean(0.5, 0.75), mean(0.75, 1)]
  console.log(
    `${what}: at most ${most.toFixed(0)} MB, third quarter ${third.toFixed(0)}, last ${last.toFixed(0)}`,
  )
  expect(most).toBeLessThanOrEqual(MAX_MB)
  expect(last).toBeLessThanOrEqual(1.1 * third)
}

const idOf = (number: number) => String(number).padStart(ID_DIGITS, '0')

/** The lines again and again, until there is enough of them; their ids go round. */
function blocksOf(
  lines: string[],
  { ids, ...enough }: { ids: number } & ({ bytes: number } | { records: number }),
): Generated & { records: number } {
  const text = Buffer.from(lines.join(''))
  const places = lines.map((_, i) => Buffer.byteLength(lines.slice(0, i).join('')) + '{"id":"'.length)
  const blocks = Math.ceil('bytes' in enough ? enough.bytes / text.length : enough.records / lines.length)
  return {
    blockBytes: text.length,
    blocks,
    records: blocks * lines.length,
    fill(block, number) {
      if (block[0] === 0) text.copy(block)
      for (const [i, place] of places.entries())
        block.write(idOf((number * lines.length + i) % ids), place, 'latin1')
    },
  }
}
