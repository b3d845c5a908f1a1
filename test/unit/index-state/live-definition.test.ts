import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { liveDefinition } from '../../../lib/index-state/live-definition.ts'
import type { IndexInfo } from '../../../lib/redis/commands/ft-info.ts'

const UNSET = {
  ...{ filter: null, language: null, languageField: null, score: 1, scoreField: null },
  ...{ payloadField: null, stopwords: null, options: '' },
}

type Named = { path: string; alias: string }

/** What FT.INFO says of an index that was made by an earlier definition, of these tags and nothing else. */
function infoOf(keyType: 'JSON' | 'HASH', tags: readonly Named[]): IndexInfo {
  return {
    name: 'idx:v1',
    settings: { ...UNSET, keyType, prefix: 'user:' },
    attributes: tags.map((tag) => ({ ...tag, type: 'TAG', sortable: false, folded: false, flags: '' })),
    documents: 0,
    percentIndexed: 1,
    indexing: false,
    failures: 0,
    backgroundStatus: 'OK',
    memoryBytes: 0,
    indexingMs: 0,
  }
}

/** The aliases of an earlier index's fields that an answer may show, under the definition of now. */
function shown(keyType: 'JSON' | 'HASH', now: (Named & { returned?: boolean })[], earlier: Named[]) {
  const fields = now.map((field) => ({ ...field, type: 'TAG' }))
  const storage = keyType === 'JSON' ? 'json' : 'hash'
  const live = liveDefinition(defineIndex(INDEX_DEFINITION, { fields, storage }), infoOf(keyType, earlier))
  return live.fields.filter(({ returned }) => returned).map(({ alias }) => alias)
}

const labels = { path: '$.labels', alias: 'labels' }
const income = { path: '$.income', alias: 'income' }

describe.each(['JSON', 'HASH'] as const)('of an earlier index of %s an answer shows', (keyType) => {
  const earlier = [labels, income].map(({ path, alias }) => ({
    path: keyType === 'JSON' ? path : alias,
    alias,
  }))

  it('the fields that the definition shows', () => {
    expect(shown(keyType, [labels, income], earlier)).toEqual(['labels', 'income'])
    expect(shown(keyType, [labels, { ...income, returned: false }], earlier)).toEqual(['labels'])
  })

  it('none that the definition does not know: it may have been private', () => {
    expect(shown(keyType, [labels], earlier)).toEqual(['labels'])
  })
})

describe('of an earlier index of JSON an answer shows', () => {
  it('what has another alias now, if that is shown', () => {
    const salary = { path: '$.income', alias: 'salary' }
    expect(shown('JSON', [salary], [income])).toEqual(['income'])
    expect(shown('JSON', [{ ...salary, returned: false }], [income])).toEqual([])
  })

  it('nothing for having the alias that is now that of another path', () => {
    expect(shown('JSON', [{ path: '$.bracket', alias: 'income' }], [income])).toEqual([])
  })
})
