import { expect, it } from 'vitest'
import { search, start } from '../../support/stack.ts'

it('npm run demo imports 5,000 real embeddings from a Parquet file, and finds who reads alike', async () => {
  const stack = await start({
    LOOKALIKE_DEMO: 'readers',
    INDEX_DEFINITION: JSON.stringify({ vector: { dimensions: 384 } }),
  })
  expect(stack.output()).toContain('imports/readers.parquet: COMPLETED, 5,000 users written')
  expect(stack.output()).toContain('Who reads like reader-250, who reads mystery?')
  const { body } = await search(stack, { user: 'reader-250', k: 3 })
  expect(body).toMatchObject({ complete: true, results: [{ id: 'reader-1219' }, {}, {}] })
  expect(body.results[0]?.fields.labels).toContain('mystery')
}, 120_000)
