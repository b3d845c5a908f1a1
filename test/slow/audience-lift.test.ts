import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { PreviewRequestSchema } from '../../lib/audiences/audience-request.ts'
import { previewAudience } from '../../lib/audiences/preview-audience.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { rowsOf, useAudiences } from '../support/audiences.ts'
import { DIMENSIONS, readers } from '../support/readers.ts'
import { put } from '../support/s3.ts'
import { writeUsers } from '../support/write-users.ts'

const definition = defineIndex(INDEX_DEFINITION, { vector: { dimensions: DIMENSIONS, algorithm: 'FLAT' } })
const audiences = useAudiences({ definition })
const genres = readFileSync(new URL('../data/readers-2000.labels.txt', import.meta.url), 'utf8')
  .split('\n')
  .map((line) => line.split(', '))

/** Of each genre, half of the readers are seeds. The audience should find the other half. */
it('an audience of real readers finds those of the same genre, and the hold-out says so', async () => {
  const records = readers.map(({ id, vector }) => ({ id, vector_embedding: Array.from(vector) }))
  await writeUsers(audiences.redis, definition, records)
  const { run, text, client, manage } = await audiences.setUp()
  const pooled = { audience: tally(), holdout: tally(), preview: tally() }
  let better = 0
  for (const genre of new Set(genres.flat().filter((name) => name !== ''))) {
    const members = readers.filter(({ id }) => genres[Number(id)]?.includes(genre)).map(({ id }) => id)
    const seeds = members.filter((_, i) => i % 2 === 0)
    const rest = new Set(members.filter((_, i) => i % 2 === 1))
    await put(client, 'audiences/seeds/genre.ndjson', seeds.map((id) => `{"id":"${id}"}\n`).join(''))
    const like = { key: 'audiences/seeds/genre.ndjson' }
    const report = await run({ like, size: { percent: 10 } })
    const rows = rowsOf(await text(report.files.audience))
    const found = rows.filter(({ id = '' }) => rest.has(id)).length
    const chance = (rows.length * rest.size) / (readers.length - seeds.length)
    const request = v.parse(PreviewRequestSchema, { like, size: { percent: 10 } })
    const preview = await previewAudience(manage, request, { deadline: Date.now() + 30_000 })
    pooled.audience.add(found, chance)
    for (const [sum, one] of [
      [pooled.holdout, report.holdout],
      [pooled.preview, preview.holdout],
    ] as const) {
      expect(one?.seeds).toBe(Math.round(seeds.length * 0.2))
      sum.add(one?.found ?? 0, one?.expectedByChance ?? 0)
    }
    if (found > chance) better++
    console.log(
      `${genre}: ${(found / chance).toFixed(1)} times chance; hold-out ${report.holdout?.lift}, preview ${preview.holdout?.lift}`,
    )
  }
  const { audience, holdout, preview } = pooled
  console.log(`all: ${audience.lift()}, hold-out ${holdout.lift()}, preview ${preview.lift()}`)
  // 15 genres: by chance, 13 or more are better than chance in 0.4 % of runs.
  expect(better).toBeGreaterThanOrEqual(13)
  expect(audience.lift()).toBeGreaterThan(1.5)
  for (const one of [holdout, preview]) {
    // Some 350 seeds are left out, of which chance finds 35: three standard deviations are half of that.
    expect(one.lift()).toBeGreaterThan(1)
    expect(Math.abs(one.lift() - audience.lift())).toBeLessThan(0.7)
  }
})

/** Adds up the users that were found, and those that chance would have found. */
function tally() {
  let [found, chance] = [0, 0]
  return {
    add(more: number, byChance: number): void {
      found += more
      chance += byChance
    },
    lift: () => Math.round((found / chance) * 100) / 100,
  }
}
