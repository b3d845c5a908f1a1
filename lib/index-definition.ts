import type { IndexDefinitionInput } from './definition.ts'

/**
 * The index definition, which a team edits; here it is the bike shop of the Redis tutorial. Provisioning, import,
 * filters, answers and the drift check all derive from this constant. INDEX_DEFINITION merges a part of the same
 * shape over it. The components of a vector are preference scores for mountain, kid's and road bikes.
 */
export const INDEX_DEFINITION: IndexDefinitionInput = {
  name: 'idx:user_prefs',
  prefix: 'user:',
  storage: 'json',
  fields: [
    { path: '$.descr', alias: 'descr', type: 'TEXT' },
    { path: '$.labels', alias: 'labels', type: 'TAG', separator: ',' },
  ],
  vector: {
    path: '$.vector_embedding',
    alias: 'vector',
    dimensions: 3,
    metric: 'COSINE',
    algorithm: 'HNSW',
    type: 'FLOAT32',
    m: 16,
    efConstruction: 200,
  },
}
