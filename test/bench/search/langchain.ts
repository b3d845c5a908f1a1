import { createRequire } from 'node:module'
import { join } from 'node:path'
import { toBytes } from '../../../lib/vector.ts'
import { makeCorpus } from './corpus.ts'
import { timeCalls, warmUp } from './measure.ts'
import { answerParent, type Found, type LangchainInput, readInput } from './processes.ts'

// @langchain/redis as its documentation uses it, beside the command that it sends. Its index is its own, over our hashes.

const { packages, url, dimensions, users, k, index, prefix, efRuntime, m, efConstruction } =
  readInput<LangchainInput>()
const require = createRequire(join(packages, 'package.json'))
const { RedisVectorStore } = require('@langchain/redis')
// It wants the client of redis 4.
const redis4 = createRequire(require.resolve('@langchain/redis'))('redis').createClient({ url })
await redis4.connect()

const store = new RedisVectorStore(
  {},
  {
    redisClient: redis4,
    indexName: index,
    keyPrefix: prefix,
    // Fields that our hashes have. Its metadata it reads by that name alone.
    vectorKey: 'vector',
    contentKey: 'labels',
    metadataKey: 'metadata',
    indexOptions: {
      ALGORITHM: 'HNSW',
      DISTANCE_METRIC: 'COSINE',
      M: m,
      EF_CONSTRUCTION: efConstruction,
      EF_RUNTIME: efRuntime,
    },
  },
)
await store.createIndex(dimensions)

const { queries } = makeCorpus(dimensions, users)
const asNumbers = queries.map((query) => Array.from(query))
const asBytes = queries.map((query) => toBytes(query, 'FLOAT32'))
const library = (i: number) => store.similaritySearchVectorWithScore(asNumbers[i % queries.length], k)
const bare = (i: number) => redis4.sendCommand(commandFor(asBytes[i % queries.length]))

// Once there is something to be found.
let found: Found | undefined
answerParent(async ({ count }) => {
  if (found === undefined) {
    found = await checkedAnswers()
    await warmUp({ bare, library })
  }
  return { times: await timeCalls({ bare, library }, { count, concurrency: 1 }), found }
})

/** Nothing is timed that does not answer as its command does. */
async function checkedAnswers(): Promise<Found> {
  const found: Found = []
  for (let i = 0; i < queries.length; i++) {
    // RESP2: the total, then each key and its fields.
    const [, ...rows]: unknown[] = await bare(i)
    const keys = rows.filter((row) => typeof row === 'string')
    const answer: [{ metadata: { id: string } }, number][] = await library(i)
    const ids = answer.map(([{ metadata }]) => metadata.id)
    if (ids.join() !== keys.map((key) => key.slice(prefix.length)).join())
      throw new Error(`Query ${i}: expected ${keys}, got ${ids}`)
    found.push(ids)
  }
  return found
}

/** What it sends, as MONITOR shows it. */
function commandFor(vector: Buffer | undefined) {
  return [
    ['FT.SEARCH', index, `* => [KNN ${k} @vector $vector AS vector_score]`],
    ['PARAMS', '2', 'vector', vector ?? Buffer.alloc(0)],
    ['RETURN', '3', 'metadata', 'labels', 'vector_score'],
    ['SORTBY', 'vector_score', 'LIMIT', '0', String(k), 'DIALECT', '2'],
  ].flat()
}
