import { expect } from 'vitest'
import { importUsers } from '../../lib/import/import-users.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop } from './bike-shop.ts'
import { ENCODERS, mixOf, outcomeOf } from './import-mixes.ts'
import type { useImports } from './imports.ts'
import { seeded } from './random.ts'
import { BUCKET, put, read } from './s3.ts'

/** Imports random mixes of records in every format, one after the other, and holds each against what it must leave. */
export async function runMixes(
  imports: ReturnType<typeof useImports>,
  seed: number,
  runs: number,
): Promise<void> {
  const random = seeded(seed)
  const { client, deps } = await imports.setUp('imports/first.ndjson', '')
  for (let run = 0; run < runs; run++) {
    const mix = mixOf(random)
    const ending = random.oneOf(Object.keys(ENCODERS))
    const encode = ENCODERS[ending]
    if (encode === undefined) throw new Error('Expected an encoder')
    await imports.redis.send(['FLUSHALL'])
    await provisionIndex({ redis: imports.redis, definition: bikeShop })
    const key = `imports/mix${ending}`
    await put(client, key, encode(mix))
    const report = await importUsers(deps, { bucket: BUCKET, key })
    const { users, codes, deleted, good } = outcomeOf(mix)
    const where = `seed ${seed}, run ${run}, ${ending}`
    const counts = { read: mix.length, deleted, rejected: codes.length, problem: null }
    expect(report, where).toMatchObject({ ...counts, state: expect.stringMatching(/^(COMPLETED|PARTIAL)$/) })
    expect(report.written + report.unchanged, where).toBe(good)
    if (codes.length > 0) expect(report.state, where).toBe('PARTIAL')
    const rejects = report.rejects === null ? '' : ((await read(client, report.rejects)) ?? '')
    const lines = rejects.split('\n').filter((line) => line !== '')
    expect(
      lines.map((line) => JSON.parse(line).code),
      where,
    ).toEqual(codes)
    expect(await imports.countUsers(), where).toBe(users.size)
    for (const [id, vector] of users) {
      const stored: { vector_embedding: number[] } = await imports.stored(id)
      expect(stored.vector_embedding.map(Math.fround), where).toEqual(vector)
    }
  }
}
