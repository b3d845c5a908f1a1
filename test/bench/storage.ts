import { arch, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { startRedis } from '../../dev/redis/start.ts'
import { defineIndex, type IndexDefinition } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { cacheIndexReading } from '../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { Redis, RedisPool } from '../../lib/redis/redis.ts'
import { searchUsers } from '../../lib/search/search-users.ts'
import { toBytes } from '../../lib/vector.ts'
import { seeded } from '../support/random.ts'
import { DIMENSIONS, queries, readers } from '../support/readers.ts'
import { writeUsers } from '../support/write-users.ts'

// npm run bench:storage [-- --users 20000 --algorithm HNSW]
// What a user weighs in each storage and type of vector, all included, at the same answers.

const { values } = parseArgs({
  options: { users: { type: 'string', default: '20000' }, algorithm: { type: 'string', default: 'HNSW' } },
})
const WINDOW = 256
const { between } = seeded(1)
const users = Array.from({ length: Number(values.users) }, (_, i) => userLike(i))
const truth = queries.map((query) => nearest(query, 10))

console.log(`${cpus().length} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}`)
console.log(`${users.length} users of ${DIMENSIONS} dimensions, ${values.algorithm}\n`)
const table = new Table({
  head: ['storage', 'type', 'bytes a user', 'of JSON FLOAT32', 'written in, s', 'recall@10'],
})
let ofJson: number | undefined
for (const storage of ['json', 'hash']) {
  for (const type of ['FLOAT32', 'FLOAT64', 'FLOAT16']) {
    const { algorithm } = values
    const vector = { dimensions: DIMENSIONS, type, algorithm }
    const { bytes, seconds, recall } = await weigh(defineIndex(INDEX_DEFINITION, { storage, vector }))
    ofJson ??= bytes
    const share = (bytes / ofJson).toFixed(2)
    table.push([storage, type, Math.round(bytes), share, seconds.toFixed(1), recall.toFixed(3)])
  }
}
console.log(table.toString())

async function weigh(definition: IndexDefinition) {
  const server = await startRedis()
  const redis = connectRedis({ source: { from: 'environment', url: server.url } })
  try {
    await provisionIndex({ redis, definition })
    const before = await usedMemory(redis)
    const startedAt = performance.now()
    await writeAll(redis, definition)
    const seconds = (performance.now() - startedAt) / 1000
    const bytes = ((await usedMemory(redis)) - before) / users.length
    return { bytes, seconds, recall: await recallOf(redis, definition) }
  } finally {
    await redis.close()
    await server.stop()
  }
}

async function writeAll(redis: RedisPool, definition: IndexDefinition): Promise<void> {
  for (let i = 0; i < users.length; i += WINDOW) {
    const window = users.slice(i, i + WINDOW)
    const records = window.map(({ vector, ...user }) => ({ ...user, vector_embedding: Array.from(vector) }))
    const { searchable } = await writeUsers(redis, definition, records)
    if (searchable !== window.length)
      throw new Error(`Expected ${window.length} searchable, got ${searchable}`)
  }
}

/** Nothing is weighed that does not answer right. */
async function recallOf(redis: Redis, definition: IndexDefinition): Promise<number> {
  const deps = { redis, definition, readIndex: cacheIndexReading({ redis, definition }) }
  let found = 0
  for (const [i, query] of queries.entries()) {
    const vector = toBytes(query, 'FLOAT32').toString('base64')
    const { results, complete } = await searchUsers(deps, { vector, k: 10, includeVector: false })
    if (!complete) throw new Error('Expected complete answers')
    found += results.filter(({ id }) => truth[i]?.includes(id)).length
  }
  const recall = found / (10 * queries.length)
  if (recall < 0.95) throw new Error(`Expected a recall of at least 0.95, got ${recall}`)
  return recall
}

async function usedMemory(redis: Redis): Promise<number> {
  const info = String(await redis.send(['INFO', 'memory']))
  return Number(/^used_memory:(\d+)/m.exec(info)?.[1])
}

/** One of the readers, or after all of them somebody near one. */
function userLike(i: number) {
  const { vector } = readers[i % readers.length] ?? { vector: new Float32Array(DIMENSIONS) }
  const isReader = i < readers.length
  return {
    id: String(i),
    descr: `Reader ${i} of many books`,
    labels: i % 2 === 0 ? 'fiction, travel' : 'science',
    shop: { since: 2000 + (i % 25), newsletter: true },
    vector: isReader ? vector : vector.map((component) => component + between(-0.05, 0.05)),
  }
}

function nearest(query: Float32Array, k: number): string[] {
  return users
    .map(({ id, vector }) => ({ id, cosine: cosine(query, vector) }))
    .toSorted((a, b) => b.cosine - a.cosine)
    .slice(0, k)
    .map(({ id }) => id)
}

/** The query has length 1. */
function cosine(query: Float32Array, vector: Float32Array): number {
  let product = 0
  let squares = 0
  for (let i = 0; i < query.length; i++) {
    const component = vector[i] ?? 0
    product += (query[i] ?? 0) * component
    squares += component * component
  }
  return product / Math.sqrt(squares)
}
