import { gzipSync } from 'node:zlib'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { PreviewRequestSchema } from '../../lib/audiences/audience-request.ts'
import { previewAudience } from '../../lib/audiences/preview-audience.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { useAudiences } from '../support/audiences.ts'
import { python } from '../support/data-tools.ts'
import { DIMENSIONS, readers } from '../support/readers.ts'
import { put } from '../support/s3.ts'
import { writeUsers } from '../support/write-users.ts'

const IDS = 500_000
const definition = defineIndex(INDEX_DEFINITION, { vector: { dimensions: DIMENSIONS, algorithm: 'FLAT' } })
const audiences = useAudiences({ definition })

/** Only 2,000 of these ids are stored users. */
const ids = Array.from({ length: IDS }, (_, i) => String(i))
const FILES: [format: string, name: string, content: () => Promise<Buffer> | Buffer][] = [
  ['CSV', 'best.csv', () => Buffer.from(`id,weight\n${ids.map((id) => `${id},1`).join('\n')}\n`)],
  ['NDJSON', 'best.ndjson.gz', () => gzipSync(ids.map((id) => `{"id":"${id}","name":"x"}\n`).join(''))],
  ['JSON', 'best.json', () => Buffer.from(JSON.stringify(ids.map((id) => ({ id }))))],
  ['Parquet', 'best.parquet', parquetOfIds],
]

describe('the preview of an audience of 500,000 seeds and as many exclusions', () => {
  it.each(FILES)('answers within seconds, of %s', async (format, name, content) => {
    const records = readers.map(({ id, vector }) => ({ id, vector_embedding: Array.from(vector) }))
    await writeUsers(audiences.redis, definition, records)
    const { client, manage } = await audiences.setUp()
    await put(client, `audiences/seeds/${name}`, await content())
    const request = v.parse(PreviewRequestSchema, {
      like: { key: `audiences/seeds/${name}` },
      exclude: { key: `audiences/seeds/${name}` },
    })
    const preview = await previewAudience(manage, request, { deadline: Date.now() + 5_000 })
    console.log(`${format}: ${preview.tookMs} ms, ${preview.seeds.given} ids read`, preview.warnings)
    expect(preview.seeds.given).toBeGreaterThanOrEqual(1_000)
    expect(preview.warnings.join()).toContain('The preview takes 1000 of ')
  })
})

async function parquetOfIds(): Promise<Buffer> {
  const script = `
import sys, pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({'id': [str(i) for i in range(${IDS})]}), sys.stdout.buffer)`
  return python(['-c', script])
}
