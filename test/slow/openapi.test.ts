import { expect, it } from 'vitest'
import { askAsDocumented } from '../support/schemathesis.ts'
import { start } from '../support/stack.ts'

// Some 2,400 requests: 90 s of a processor for schemathesis alone.
const timeout = 1_800_000

it('answers every boundary, random requests and sequences of them without a fault or a surprise', {
  timeout,
}, async () => {
  const { apiUrl } = await start()
  const output = await askAsDocumented(apiUrl, ['--max-examples', '40'])
  expect(output).toMatch(/status 0\n$/)
})
