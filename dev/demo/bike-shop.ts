import { searchTable } from '../cli/search-table.ts'
import type { Demo } from './demo.ts'

/** The four users of the Redis tutorial. */
export const bikeShop: Demo = {
  dimensions: 3,
  path: '$.vector_embedding',
  file: new URL('../../events/data/users.ndjson', import.meta.url),
  key: 'imports/bike-shop.ndjson',
  async show({ api }, maxK) {
    const answer = await api.search({ vector: [0.9, 0.7, 0.2], k: Math.min(2, maxK) })
    console.log(
      'Who is most like someone with a taste of 0.9 for mountain, 0.7 for kids and 0.2 for road bikes?',
    )
    console.log(searchTable(answer))
  },
}
