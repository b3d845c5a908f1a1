import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import type { IndexReading } from '../../../lib/index-state/index-status.ts'
import type { Recall } from '../../../lib/index-state/recall-store.ts'
import { chooseSearchStrategy } from '../../../lib/search/search-strategy.ts'

const definition = defineIndex(INDEX_DEFINITION, { vector: { dimensions: 384 } })
const DOCUMENTS = 100_000

const point = (k: number, efRuntime: number) => ({
  k,
  single: { efRuntime, measured: 0.995, ms: 0.5 },
  group: { efRuntime: efRuntime + 100, measured: 0.995, ms: 0.6 },
  exactMs: 20,
  filtered: null,
})
const recall: Recall = {
  ...{ index: 'idx', at: '2026-01-01T00:00:00.000Z', tookMs: 1_000, target: 0.99, documents: DOCUMENTS },
  ...{ probes: 100, asked: 0, skipped: null, lastAttempt: null },
  curve: [point(10, 180), point(100, 360), point(1_000, 1_152)],
}

function choose(k: number, filter?: { labels: string }, about: Partial<IndexReading> = {}, queries = 1) {
  const request = { k, includeVector: false, ...(filter && { filter }) }
  const seeds = { like: [{ path: '', weight: 1, of: { user: '1' } }], unlike: [] }
  const info = { documents: DOCUMENTS } as IndexReading['info']
  const reading = { state: 'ready' as const, percentIndexed: 100, drift: [], recall, info, ...about }
  return chooseSearchStrategy(definition, request, seeds, reading, queries)
}

describe('the search strategy', () => {
  it.each([
    [10, 180],
    [11, 360],
    [100, 360],
    [1_000, 1_152],
  ])('keeps for k %i the candidates that were measured for the next larger k', (k, efRuntime) => {
    expect(choose(k)).toEqual({ efRuntime })
  })

  it.each([
    [10, 270],
    [100, 540],
    [1_000, 1_728],
  ])(
    'keeps for k %i half as many candidates again under a filter, where that was not measured',
    (k, efRuntime) => {
      expect(choose(k, { labels: 'kids' })).toEqual({ efRuntime })
    },
  )

  it('compares with all users where that is faster, for which it has to be three times as fast under a filter', () => {
    const fast = (exactMs: number) => ({
      recall: { ...recall, curve: [{ ...point(10, 180), exactMs }] },
      info: { documents: 1_000 } as IndexReading['info'],
    })
    expect(choose(10, undefined, fast(0.4))).toEqual({ exact: true })
    expect(choose(10, { labels: 'kids' }, fast(0.4))).toEqual({ efRuntime: 270 })
    expect(choose(10, { labels: 'kids' }, fast(0.15))).toEqual({ exact: true })
  })

  it('compares with all users where HNSW misses the target, unless that takes long or there are many queries', () => {
    const short = (exactMs: number): IndexReading['recall'] => {
      const single = { efRuntime: 4_096, measured: 0.97, ms: 20 }
      return { ...recall, curve: [{ k: 10, single, group: single, exactMs, filtered: null }] }
    }
    const warning = expect.stringContaining('HNSW finds 0.970')
    expect(choose(10, undefined, { recall: short(50) })).toEqual({ exact: true })
    expect(choose(10, undefined, { recall: short(110) })).toEqual({ efRuntime: 4_096, warning })
    expect(choose(10, undefined, { recall: short(50) }, 11)).toEqual({ efRuntime: 4_096, warning })
  })

  it('keeps under a filter as many more candidates as were measured, and compares all where that was faster', () => {
    const under = (about: Partial<NonNullable<Recall['curve'][number]['filtered']>>) => {
      const half = { efRuntime: 360, candidates: 2, ms: 2.5, measured: 0.995, exactMs: 60 }
      return { recall: { ...recall, curve: [{ ...point(10, 180), filtered: { ...half, ...about } }] } }
    }
    expect(choose(10, { labels: 'kids' }, under({}))).toEqual({ efRuntime: 360 })
    expect(choose(10, undefined, under({}))).toEqual({ efRuntime: 180 })
    // Another filter may have less to do with the vectors than the measured one.
    expect(choose(10, { labels: 'kids' }, under({ candidates: 1 }))).toEqual({ efRuntime: 270 })
    expect(choose(10, { labels: 'kids' }, under({ ms: 90 }))).toEqual({ exact: true })
    expect(choose(10, { labels: 'kids' }, under({ measured: 0.97, exactMs: 90 }))).toEqual({
      efRuntime: 360,
      warning: expect.stringContaining('HNSW finds 0.970 of the 10 nearest at EF_RUNTIME 360,'),
    })
    expect(choose(10, { labels: 'kids' }, under({ candidates: 100, exactMs: 900 }))).toEqual({
      efRuntime: 16_384,
      warning: expect.stringContaining('needs 18000 candidates'),
    })
  })

  it('warns under a filter, too, where nothing was measured', () => {
    expect(choose(10, { labels: 'kids' }, { recall: null })).toMatchObject({
      efRuntime: 512,
      warning: expect.stringContaining('not been measured yet'),
    })
  })
})
