import { describe, it } from 'vitest'
import { useImports } from '../../support/imports.ts'
import { testSeed } from '../../support/random.ts'
import { runMixes } from '../../support/run-mixes.ts'

describe('random mixes of good and bad records, in every format', () => {
  const imports = useImports()

  it('leave the users and the report that they must', async () => {
    await runMixes(imports, testSeed('MIX_SEED'), 20)
  })
})
