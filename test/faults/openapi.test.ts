import { expect, it } from 'vitest'
import { askAsDocumented } from '../support/schemathesis.ts'
import { start } from '../support/stack.ts'

it('answers every boundary, random requests and sequences of them without a fault or a surprise', async () => {
  const { apiUrl } = await start()
  const output = await askAsDocumented(apiUrl, ['--max-examples', '100'])
  expect(output).toMatch(/status 0\n$/)
})
