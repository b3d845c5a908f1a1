import { describe, expect, it } from 'vitest'
import { ENCODERS, mixOf, parquetOf } from '../support/import-mixes.ts'
import { seeded, testSeed } from '../support/random.ts'
import { contentOf, readAll, readerOf } from '../support/records.ts'

/** With six formats more than ten thousand. */
const CUTTINGS = 1_700

const random = seeded(testSeed('CUTTING_SEED'))

describe('the same records come out, and the rest behind any of them', () => {
  it.each(Object.entries(ENCODERS))('of %s wherever its bytes are cut', async (ending, encode) => {
    const read = readerOf(`imports/users${ending}`)
    for (let i = 0; i < CUTTINGS; i++) {
      const file = encode(mixOf(random))
      const sizes = Array.from({ length: 1 + random.below(10) }, () => 1 + random.below(200))
      const all = await readAll(read, contentOf(file))
      expect(await readAll(read, contentOf(file, sizes))).toEqual(all)
      const at = random.below(all.length + 1)
      const rest = await readAll(read, contentOf(file, sizes), all[at - 1]?.next)
      expect(rest).toEqual(all.slice(at))
    }
  })

  it('of Parquet however its rows lie in groups and pages', async () => {
    const read = readerOf('imports/users.parquet')
    for (let i = 0; i < CUTTINGS; i++) {
      const mix = mixOf(random)
      const pieces = { rowGroupSize: 1 + random.below(30), pageSize: 1 + random.below(300) }
      const whole = parquetOf(mix, { rowGroupSize: 1_000, pageSize: 1_000_000 })
      expect(await readAll(read, contentOf(parquetOf(mix, pieces)))).toEqual(
        await readAll(read, contentOf(whole)),
      )
    }
  })
})
