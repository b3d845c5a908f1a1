import { describe, it } from 'vitest'
import { expectRowsOrFault, largeFiles, tinyFiles } from '../support/bit-flips.ts'
import { seeded, testSeed } from '../support/random.ts'

/** Of the larger files, each bit of which would take hours. */
const SAMPLES = 400

describe('a Parquet file with one wrong bit has rows, or says what is wrong with it', () => {
  it.each(tinyFiles())('wherever the bit is: $name', async (tiny) => {
    for (let bit = 0; bit < tiny.file.length * 8; bit++) await expectRowsOrFault(tiny, bit)
  })

  it.each(largeFiles())('in bits taken at random: $name', async (large) => {
    const random = seeded(testSeed('FLIP_SEED'))
    for (let i = 0; i < SAMPLES; i++) await expectRowsOrFault(large, random.below(large.file.length * 8))
  })
})
