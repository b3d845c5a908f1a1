import { searchTable } from '../cli/search-table.ts'
import type { Demo } from './demo.ts'

const K = 5
/** Readers of science fiction and one other genre each. */
const GROUP = ['reader-17', 'reader-29', 'reader-30', 'reader-32']
/** Their mean is like none of them, so each user counts by the nearest of the four. */
const LIKE_ONE = { like: GROUP, strategy: 'best_score' } as const

/** 5,000 real sentence embeddings (test/data/README.md) as readers, each with the one or two genres it reads. */
export const readers: Demo = {
  dimensions: 384,
  path: '$.vector_embedding',
  file: new URL('../../events/data/readers.parquet', import.meta.url),
  key: 'imports/readers.parquet',
  async show({ api }, maxK) {
    const k = Math.min(K, maxK)
    console.log('\nWho reads like reader-250, who reads mystery?')
    console.log(searchTable(await api.search({ user: 'reader-250', k })))
    console.log(`\nWho reads like one of these four, who all read science fiction? ${GROUP.join(', ')}`)
    console.log(searchTable(await api.search({ ...LIKE_ONE, k })))
    console.log('\nAnd among those who read humor?')
    console.log(searchTable(await api.search({ ...LIKE_ONE, k, filter: { labels: 'humor' } })))
  },
}
