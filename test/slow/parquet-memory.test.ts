import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { BOMBS } from '../support/parquet-bombs.ts'
import { CODECS, type ParquetColumn, parquetFile, plainTexts } from '../support/parquet-file.ts'
import { seeded, testSeed } from '../support/random.ts'
import type { ReadOutcome } from '../support/read-parquet-child.ts'
import { temporaryFolder } from '../support/stack.ts'
import { vectorFile } from '../support/vector-pages.ts'

const child = fileURLToPath(new URL('../support/read-parquet-child.ts', import.meta.url))
/** Less than a third of what the importer is deployed with, 1,500. The pages are not in this heap, but all else is. */
const HEAP_MB = 460
/** A bomb of these becomes 2 GiB of documents before it is refused, which takes 4 s of a processor. */
const SLOW_BOMBS = ['countBomb', 'prefixBomb']
/** Of what Lambda gives the importer, 1,769 MB. */
const MAX_RSS_MB = 1_500

async function readIn(files: readonly Buffer[]): Promise<ReadOutcome> {
  const folder = await temporaryFolder()
  const paths = files.map((_, i) => join(folder, `${i}.parquet`))
  for (const [i, file] of files.entries()) await writeFile(paths[i] ?? '', file)
  const args = [`--max-old-space-size=${HEAP_MB}`, '--max-semi-space-size=16', child, ...paths]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

describe('a Parquet file is read in the memory of the importer', () => {
  it.each([
    ['3 pages of 98 MB, of 1,536 dimensions', 3, 16_000, 1_536, 'SNAPPY', 520],
    ['2 pages of 98 MB, of 3,072 dimensions', 2, 8_000, 3_072, 'UNCOMPRESSED', 420],
    ['one page of 4.6 million values', 1, 12_000, 384, 'ZSTD', 300],
  ] as const)('%s', async (_, pages, rows, dimensions, codec, maxRss) => {
    const { files, maxRssMb } = await readIn([vectorFile(pages, rows, dimensions, CODECS[codec])])
    console.log(`${pages} x ${rows} x ${dimensions}: ${maxRssMb} MB`)
    expect(files).toMatchObject([{ records: pages * rows, rejects: 0 }])
    expect(maxRssMb).toBeLessThan(maxRss)
  })

  it('one page of 480 MB, of vectors that fastparquet writes as JSON', async () => {
    const vector = JSON.stringify(Array.from({ length: 384 }, () => 0.1234567890123456))
    const vectors = Array.from({ length: 60_000 }, () => vector)
    const bytes = plainTexts(vectors)
    const pages = [{ bytes, values: vectors.length }]
    const column: ParquetColumn = { name: 'v', type: 'BYTE_ARRAY', isRequired: true, converted: 19, pages }
    const { files, maxRssMb } = await readIn([
      parquetFile([{ ...column, codec: CODECS.SNAPPY }], vectors.length),
    ])
    console.log(`${bytes.length} bytes: ${maxRssMb} MB`)
    expect(files).toMatchObject([{ records: 60_000 }])
    expect(maxRssMb).toBeLessThan(1_200)
  })
})

describe('a Parquet file that unpacks to too much ends with rows or a fault, in the memory of the importer', () => {
  it.each(Object.entries(BOMBS))('%s', async (name, bomb) => {
    const random = seeded(testSeed('BOMB_SEED'))
    const bombs = Array.from({ length: SLOW_BOMBS.includes(name) ? 6 : 30 }, () => bomb(random))
    const { files, maxRssMb } = await readIn(bombs)
    const faults = files.filter(({ fileFault }) => fileFault !== undefined).length
    console.log(`${name}: ${faults} faults of ${files.length}, ${maxRssMb} MB`)
    expect(files.length).toBe(bombs.length)
    expect(maxRssMb).toBeLessThan(MAX_RSS_MB)
  })

  it('bytes of other writers, changed at random', async () => {
    const random = seeded(testSeed('BOMB_SEED'))
    const folder = fileURLToPath(new URL('../data/parquet/writers/', import.meta.url))
    const originals = readdirSync(folder).filter((name) => name.endsWith('.parquet'))
    const damaged = Array.from({ length: 2_000 }, () => {
      const file = readFileSync(folder + random.oneOf(originals))
      for (let i = 0; i <= random.below(4); i++) file[random.below(file.length)] = random.below(256)
      return file
    })
    const { files, maxRssMb } = await readIn(damaged)
    expect(files.length).toBe(damaged.length)
    expect(maxRssMb).toBeLessThan(400)
  })
})
