import { createRequire } from 'node:module'
import { join } from 'node:path'
import { toBytes } from '../../../lib/vector.ts'
import { makeCorpus } from './corpus.ts'
import { timeCalls } from './measure.ts'
import { answerParent, type LangchainInput, readInput } from './processes.ts'

// @langchain/redis as its documentation uses it, beside the command that it sends: its index is one of hashes.

const { packages, url, users, dimensions, k, efRuntime, m, efConstruction } = readInput<LangchainInput>()
const require = createRequire(join(packages, 'package.json'))
const { RedisVectorStore } = require('@langchain/redis')
// It wants the client of redis 4.
const redis4 = createRequire(require.resolve('@langchain/redis'))('redis').createClient({ url })
await redis4.connect()

const { vectors, labels, queries } = makeCorpus(dimensions, users)
const store = new RedisVectorStore(
  {},
  {
    redisClient: redis4,
    indexName: 'langchain',
    keyPrefix: 'langchain:',
    indexOptions: {
      ALGORITHM: 'HNSW',
      DISTANCE_METRIC: 'COSINE',
      M: m,
      EF_CONSTRUCTION: efConstruction,
      EF_RUNTIME: efRuntime,
    },
  },
)
for (let from = 0; from < vectors.length; from += 1000) {
  const some = vectors.slice(from, from + 1000)
  await store.addVectors(
    some.map((vector) => Array.from(vector)),
    some.map((_, i) => ({ pageContent: '', metadata: { labels: labels[from + i] } })),
    { keys: some.map((_, i) => `langchain:${from + i}`) },
  )
}

const asNumbers = queries.map((query) => Array.from(query))
const asBytes = queries.map(toBytes)
const library = (i: number) => store.similaritySearchVectorWithScore(asNumbers[i % queries.length], k)
const bare = (i: number) => redis4.sendCommand(commandFor(asBytes[i % queries.length]))
const found: string[][] = []
for (let i = 0; i < queries.length; i++) {
  // RESP2: the total, then each key and its fields.
  const [, ...rows]: unknown[] = await bare(i)
  const keys = rows.filter((row) => typeof row === 'string')
  found.push(keys.map((key) => key.slice('langchain:'.length)))
  const answer = await library(i)
  if (answer.length !== k) throw new Error(`Expected ${k} results, got ${answer.length}`)
}
answerParent(async ({ count }) => ({
  times: await timeCalls({ bare, library }, { count, concurrency: 1 }),
  found,
}))

/** What it sends, as MONITOR shows it. */
function commandFor(vector: Buffer | undefined) {
  return [
    ['FT.SEARCH', 'langchain', `* => [KNN ${k} @content_vector $vector AS vector_score]`],
    ['PARAMS', '2', 'vector', vector ?? Buffer.alloc(0)],
    ['RETURN', '3', 'metadata', 'content', 'vector_score'],
    ['SORTBY', 'vector_score', 'LIMIT', '0', String(k), 'DIALECT', '2'],
  ].flat()
}
