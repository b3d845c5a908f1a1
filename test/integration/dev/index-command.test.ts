import { describe, expect, it } from 'vitest'
import { defineIndex, indexName } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { bikeShop } from '../../support/bike-shop.ts'
import { run, start } from '../../support/stack.ts'

const changed = { vector: { metric: 'L2' } }
const old = indexName(bikeShop)
const next = indexName(defineIndex(INDEX_DEFINITION, changed))

describe('npm run index', () => {
  it('shows, plans, changes and changes back', { timeout: 60_000 }, async () => {
    const first = await start()
    const index = async (...args: string[]) => {
      const { status, stdout, stderr } = await run(first, ['dev/cli/index.ts', ...args])
      return { status, text: stdout + stderr }
    }
    expect(await index('status')).toEqual({
      status: 0,
      text: expect.stringMatching(/^idx:user_prefs: ready, 100 %, 4 documents, 4 searchable/),
    })
    expect(await index('plan')).toEqual({
      status: 0,
      text: `Nothing to change: ${old} is as defined\n`,
    })
    expect(await index('rollback')).toMatchObject({
      status: 1,
      text: expect.stringMatching(/^POST \/index\/rollback: 409 ROLLBACK_IMPOSSIBLE: /),
    })
    await first.end()

    // What is deployed has another definition, and npm start goes on to it, as a deployment does.
    const { end } = await start({
      DATA_DIR: first.dataDir,
      INDEX_DEFINITION: JSON.stringify(changed),
    })
    expect((await index('status')).text).toContain(`kept: ${old}`)
    expect((await index('rollback')).text).toContain('drift: vector.metric: "L2" → "COSINE"')
    expect((await index('plan')).text).toMatch(
      new RegExp(`^Replace ${old} by ${next}\n {2}vector.metric: "COSINE" → "L2"\n4 documents, about `),
    )
    expect(await index('apply')).toMatchObject({
      status: 1,
      text: expect.stringContaining('This definition was rolled back: only --force'),
    })
    expect(await index('apply', '--force')).toMatchObject({
      status: 0,
      text: expect.stringContaining(`index: ${next}`),
    })
    await end()
  })
})
