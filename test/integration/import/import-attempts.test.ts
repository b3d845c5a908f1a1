import { describe, expect, it } from 'vitest'
import { importUsers } from '../../../lib/import/import-users.ts'
import { line, useImports } from '../../support/imports.ts'
import { refusing, rerouted } from '../../support/refusing-pool.ts'
import { BUCKET, read } from '../../support/s3.ts'

const KEY = 'imports/bomb.ndjson'
const file = Array.from({ length: 600 }, (_, i) => line(i)).join('')

describe('an import whose invocation is killed at the same place of the file', () => {
  const imports = useImports()
  type SetUp = Awaited<ReturnType<typeof imports.setUp>>

  /** As a process that runs out of memory does, it leaves everything as it is when it asks about its first window. */
  async function killed({ deps, etag }: SetUp): Promise<void> {
    const redis = rerouted(deps.redis, (pipeline) => async (commands, options) => {
      if (commands[0]?.[0] === 'FT.SEARCH') throw new Error('killed')
      return pipeline(commands, options)
    })
    await expect(importUsers({ ...deps, redis }, { bucket: BUCKET, key: KEY, etag })).rejects.toThrow(
      'killed',
    )
  }

  it('fails with a report when it begins for the sixth time', async () => {
    const setUp = await imports.setUp(KEY, file)
    for (let attempt = 1; attempt <= 5; attempt++) {
      await killed(setUp)
      expect((await imports.ledgerOf(KEY)).report).toMatchObject({ state: 'RUNNING' })
    }
    const { etag, client, run } = setUp
    const report = await run()
    expect(report).toMatchObject({
      state: 'FAILED',
      read: 0,
      problem: { code: 'IMPORT_STALLED', message: expect.stringContaining('5 attempts that were killed') },
    })
    const stored = await read(client, `reports/bomb.ndjson.${etag}.json`)
    expect(JSON.parse(stored ?? '')).toMatchObject({ state: 'FAILED' })
    expect(await run({ force: true })).toMatchObject({ state: 'COMPLETED', written: 600 })
  })

  it('goes on when four were killed', async () => {
    const setUp = await imports.setUp(KEY, file)
    for (let attempt = 1; attempt <= 4; attempt++) await killed(setUp)
    expect(await setUp.run()).toMatchObject({ state: 'COMPLETED', written: 600 })
  })

  it('is not blamed for a Redis that is busy, or for time that is up', async () => {
    const setUp = await imports.setUp(KEY, file)
    const { deps, etag, run } = setUp
    for (let attempt = 1; attempt <= 7; attempt++) {
      const busy = { ...deps, redis: refusing(deps.redis, 'FT.SEARCH', 1) }
      await expect(importUsers(busy, { bucket: BUCKET, key: KEY, etag })).rejects.toMatchObject({
        code: 'REDIS_BUSY',
      })
      expect(await run({}, { stopAt: Date.now() })).toMatchObject({ state: 'RUNNING' })
    }
    expect(await run()).toMatchObject({ state: 'COMPLETED', written: 600 })
  })
})
