import { describe, expect, it } from 'vitest'
import { askAsDocumented } from '../../support/schemathesis.ts'
import { start } from '../../support/stack.ts'

describe('the API as documented', () => {
  // The rest of what schemathesis can ask takes minutes: see test/slow/openapi.test.ts.
  it('answers random requests, right and wrong ones, without a fault or a surprise', {
    timeout: 300_000,
  }, async () => {
    const { apiUrl } = await start()
    const output = await askAsDocumented(apiUrl, [
      '--phases',
      'fuzzing',
      '--max-examples',
      '10',
      '--no-shrink',
    ])
    expect(output).toMatch(/status 0\n$/)
    expect(output).toMatch(/Tested: [1-9]\d*\n/)
  })
})
