import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readServerlessConfig } from '../../dev/local/serverless-config.ts'
import { loadConfig, loadImportConfig } from '../../lib/config.ts'
import { defineIndex } from '../../lib/definition.ts'
import { MAX_TEXT_LENGTH } from '../../lib/fields/text.ts'
import { MAX_COLUMNS } from '../../lib/import/formats/parquet/file-metadata.ts'
import { MAX_PAGE_BYTES } from '../../lib/import/formats/parquet/page-header.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { LIMITS } from '../../lib/search/search-request.ts'

const page = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8')
const env = { REDIS_URL: 'redis://127.0.0.1', IMPORT_BUCKET: 'b', IMPORT_QUEUE_URL: 'http://127.0.0.1' }
const grouped = (number: number) => number.toLocaleString('en-US')
const mebibytes = (bytes: number) => `${bytes / 1024 ** 2} MiB`

describe('docs/limits.md', () => {
  it.each([
    ['`k`', `\`MAX_K\`: ${grouped(loadConfig(env).maxK)}`],
    ['`like`, `unlike`', `${LIMITS.seeds} each`],
    ['weight of a seed', grouped(LIMITS.weight)],
    ['`efRuntime`', grouped(LIMITS.efRuntime)],
    ['`searches` of a request', String(LIMITS.searches)],
    [
      'brute force in one request',
      `\`vector.exactComponents\`: ${grouped(defineIndex(INDEX_DEFINITION).vector.exactComponents)} components`,
    ],
    ['a `$text`', `${grouped(MAX_TEXT_LENGTH)} characters`],
    ['record', `\`MAX_RECORD_BYTES\`: ${mebibytes(loadImportConfig(env).maxRecordBytes)}`],
    ['columns of a Parquet file', grouped(MAX_COLUMNS)],
    ['page of a Parquet file, unpacked', mebibytes(MAX_PAGE_BYTES)],
    ['imports at once', String(readServerlessConfig().queues[0]?.maxConcurrency)],
  ])('says of %s what the code says: %s', (name, limit) => {
    expect(page).toContain(`| ${name} | ${limit} |`)
  })
})
