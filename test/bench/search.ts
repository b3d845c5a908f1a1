import { arch, availableParallelism, cpus } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startRedis } from '../../dev/redis/start.ts'
import { defineIndex, type IndexDefinition } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { cacheIndexReading } from '../../lib/index-state/index-reading-cache.ts'
import { isComplete, readInfo } from '../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { measureRecall } from '../../lib/recall/measure-recall.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { EF_RUNTIME } from '../../lib/search/search-strategy.ts'
import { searchUsers } from '../../lib/search/search-users.ts'
import { seeded } from '../support/random.ts'
import { writeUsers } from '../support/write-users.ts'
import { type Corpus, makeCorpus, makeUnrelated, nearestOf } from './search/corpus.ts'
import { type Latency, latencyOf } from './search/measure.ts'
import { type Contestant, LANGCHAIN_INDEX, langchain, redisVl } from './search/peers.ts'
import {
  type Found,
  type HandlerResult,
  type HandlerTimes,
  type Round,
  type Script,
  type Size,
  startScript,
} from './search/processes.ts'

// npm run bench:search [-- --calls 4000 --users 20000 --wide-users 5000]
// What a search costs beside the one command that it sends, and beside other libraries at the same recall.

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '4000' },
    users: { type: 'string', default: '20000' },
    'wide-users': { type: 'string', default: '5000' },
  },
})
const K = 10
const ROUNDS = 16
const { between } = seeded(1)
const LEAST_RECALL = 0.99
/** Of what is put together of unrelated embeddings; what lies between is printed and not judged. */
const LEAST_RECALL_UNRELATED = 0.99
const count = Number(values.calls)
const misses: string[] = []

console.log(`${availableParallelism()} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}`)
await benchmark({ users: Number(values.users), dimensions: 384 })
await benchmark({ users: Number(values['wide-users']), dimensions: 1536 })
await benchmarkUnrelated(Number(values['wide-users']))
for (const miss of misses) console.error(`MISSED: ${miss}`)
process.exit(misses.length === 0 ? 0 : 1)

async function benchmark(size: Size): Promise<void> {
  const { users, dimensions } = size
  const server = await startRedis()
  const { url } = server
  const redis = connectRedis({ source: { from: 'environment', url } })
  const contestants: Contestant[] = []
  const start = (contestant: Contestant) => {
    contestants.push(contestant)
    return contestant
  }
  try {
    const corpus = makeCorpus(dimensions, users)
    console.log(`\n${users} users of ${dimensions} dimensions, Redis ${server.version}`)
    const json = settle({ vector: { dimensions } })
    const hash = settle({
      name: 'idx:hashes',
      prefix: 'userh:',
      storage: 'hash',
      vector: { dimensions },
    })
    const setting = { url, size, k: K, efRuntime: EF_RUNTIME }
    const langchainRedis = start(await langchain({ ...setting, ...hash }))
    await untilWhole(redis, LANGCHAIN_INDEX)
    await prepare(redis, corpus, json)
    await prepare(redis, corpus, hash)

    const ours = await startScript('ours.ts', size, { REDIS_URL: url, INDEX_DEFINITION: json.overrides })
    const searchJson = start(library('searchUsers (json)', ours))
    const handler = await ours.ask<HandlerResult>({ what: 'handler', count })
    console.log(`  ${handler.command}`)
    report(size, 'one at a time', handler.alone)
    report(size, 'eight at once', handler.eightAtOnce)
    reportRecall(size, corpus, handler)

    const oursOnHashes = await startScript('ours.ts', size, {
      REDIS_URL: url,
      INDEX_DEFINITION: hash.overrides,
    })
    const searchHashes = start(library('searchUsers (hash)', oursOnHashes))
    const redisvl = start(redisVl({ ...setting, ...json }, corpus))
    const rounds = await race(contestants)
    reportPeer(size, corpus, rounds, [searchJson, redisvl])
    reportPeer(size, corpus, rounds, [searchHashes, langchainRedis])
  } finally {
    for (const { close } of contestants) close()
    await redis.close()
    await server.stop()
  }
}

/** Recall alone, where it is harder than the probes of a measurement say. */
async function benchmarkUnrelated(users: number): Promise<void> {
  const server = await startRedis()
  const redis = connectRedis({ source: { from: 'environment', url: server.url } })
  try {
    console.log(
      `\n${users} users of four embeddings that have nothing to do with each other, 1536 dimensions`,
    )
    const corpus = makeUnrelated(users)
    const own = settle({ vector: { dimensions: 1536 } })
    await prepare(redis, corpus, own)
    const readIndex = cacheIndexReading({ redis, ...own })
    const found: Found = []
    for (const query of corpus.queries) {
      const request = { vector: Array.from(query), k: K, includeVector: false }
      const { results } = await searchUsers({ redis, ...own, readIndex }, request)
      found.push(results.map(({ id }) => id))
    }
    const recall = recallOf(corpus, found)
    console.log(`  recall@10 ${recall.toFixed(3)}`)
    expectAtMost('unrelated embeddings: what recall@10 lacks', 1 - recall, 1 - LEAST_RECALL_UNRELATED)
  } finally {
    await redis.close()
    await server.stop()
  }
}

function settle(settings: object) {
  const labels = INDEX_DEFINITION.fields.filter(({ alias }) => alias === 'labels')
  const metadata = { path: '$.metadata', alias: 'metadata', type: 'TEXT', returned: false }
  const overrides = { ...settings, fields: [...labels, metadata] }
  return { definition: defineIndex(INDEX_DEFINITION, overrides), overrides: JSON.stringify(overrides) }
}

/** Fills an index with all users, and measures its recall as the schedule would. */
async function prepare(
  redis: RedisPool,
  { vectors, labels }: Corpus,
  { definition }: { definition: IndexDefinition },
): Promise<void> {
  await provisionIndex({ redis, definition })
  // Who is written while an index is being built may be inserted twice, and its graph is another.
  await untilWhole(redis, definition.name)
  for (let from = 0; from < vectors.length; from += 250) {
    const some = vectors.slice(from, from + 250)
    const records = some.map((vector, i) => ({
      id: String(from + i),
      labels: labels[from + i],
      // What @langchain/redis would have written.
      metadata: JSON.stringify({ id: String(from + i), labels: labels[from + i] }),
      vector_embedding: Array.from(vector),
    }))
    const { searchable } = await writeUsers(redis, definition, records)
    if (searchable !== some.length) throw new Error(`Expected ${some.length} searchable, got ${searchable}`)
  }
  const recall = await measureRecall({ redis, definition }, { random: () => between(0, 1), timeMs: 60_000 })
  const [ten] = recall?.curve ?? []
  if (ten === undefined) throw new Error(`Expected recall to be measured, got ${recall?.skipped}`)
  const { efRuntime, measured } = ten.single
  console.log(
    `  storage ${definition.storage}: EF_RUNTIME ${efRuntime} is kept, recall ${measured.toFixed(3)} there`,
  )
}

async function untilWhole(redis: RedisPool, name: string): Promise<void> {
  for (;;) {
    const info = await readInfo(redis, name)
    if (info !== undefined && isComplete(info)) return
    await setTimeout(50)
  }
}

function library(name: string, { ask, close }: Script): Contestant {
  return { name, round: (count) => ask({ what: 'round', count }), close }
}

/** All of them in turns, so that what the machine does meanwhile befalls all. */
async function race(contestants: readonly Contestant[]): Promise<Map<Contestant, Round>> {
  const rounds = new Map<Contestant, Round>()
  for (let i = 0; i < ROUNDS; i++) {
    for (const contestant of contestants) {
      const { times, found } = await contestant.round(Math.ceil(count / ROUNDS))
      const before = rounds.get(contestant)?.times
      const library = [...(before?.library ?? []), ...times.library]
      rounds.set(contestant, { times: { library, bare: [...(before?.bare ?? []), ...times.bare] }, found })
    }
  }
  return rounds
}

function report({ dimensions }: Size, how: string, times: HandlerTimes): void {
  const { bare, base64, numbers, wholeDocuments, many, manyWholeDocuments } = times
  row(`FT.SEARCH alone, ${how}`, bare)
  for (const [name, latency] of Object.entries({ base64, numbers })) {
    const [p50, p99] = [latency.p50 / bare.p50, latency.p99 / bare.p99]
    row(`the handler, vector as ${name}, ${how}`, latency, `${p50.toFixed(2)} × p50, ${p99.toFixed(2)} × p99`)
    expectAtMost(`${dimensions} dimensions, ${name}, ${how}: p50 over the command's`, p50, 1.25)
    expectAtMost(`${dimensions} dimensions, ${name}, ${how}: p99 over the command's`, p99, 1.5)
  }
  row(`FT.SEARCH for whole documents, ${how}`, wholeDocuments, comparedTo(wholeDocuments, base64))
  row(`the handler, k 100, ${how}`, many)
  row(
    `FT.SEARCH for whole documents, k 100, ${how}`,
    manyWholeDocuments,
    comparedTo(manyWholeDocuments, many),
  )
  // Of ten neighbours the walk costs more than their documents; of a hundred it does not.
  const share = many.p50 / manyWholeDocuments.p50
  expectAtMost(`${dimensions} dimensions, k 100, ${how}: p50 over that of whole documents`, share, 1 / 3)
}

function comparedTo(whole: Latency, ours: Latency): string {
  return `${(whole.p50 / ours.p50).toFixed(2)} × the handler's p50`
}

function reportRecall(
  { dimensions }: Size,
  corpus: Corpus,
  { alone, found, foundAtEf10 }: HandlerResult,
): void {
  const [recall, atEf10] = [recallOf(corpus, found), recallOf(corpus, foundAtEf10)]
  const cost = (alone.bare.p50 / alone.ef10.p50).toFixed(2)
  console.log(
    `  recall@10 ${recall.toFixed(3)}; at EF_RUNTIME 10, Redis's default, ${atEf10.toFixed(3)}; ours costs ${cost} × p50`,
  )
  expectAtMost(`${dimensions} dimensions: what recall@10 lacks`, 1 - recall, 1 - LEAST_RECALL)
}

function reportPeer(
  { dimensions }: Size,
  corpus: Corpus,
  rounds: ReadonlyMap<Contestant, Round>,
  [ours, peer]: [Contestant, Contestant],
): void {
  const [our, their] = [reportLibrary(corpus, rounds, ours), reportLibrary(corpus, rounds, peer)]
  const difference = Math.abs(our.recall - their.recall)
  expectAtMost(`${dimensions} dimensions: recall@10, ours beside ${peer.name}'s, differs by`, difference, 0)
  expectAtMost(`${dimensions} dimensions: our p50 over ${peer.name}'s`, our.p50 / their.p50, 1)
  // Not as a ratio: of an overhead that comes out negative it would say nothing.
  const allowed = their.overhead / 2
  expectAtMost(`${dimensions} dimensions: our overhead in ms beside ${peer.name}`, our.overhead, allowed)
}

function reportLibrary(corpus: Corpus, rounds: ReadonlyMap<Contestant, Round>, contestant: Contestant) {
  const round = rounds.get(contestant)
  if (round === undefined) throw new Error(`Expected a round of ${contestant.name}`)
  const [library, bare] = [latencyOf(round.times.library), latencyOf(round.times.bare)]
  const overhead = library.p50 - bare.p50
  const recall = recallOf(corpus, round.found)
  row(`FT.SEARCH alone, as ${contestant.name} sends it`, bare)
  row(contestant.name, library, `overhead ${overhead.toFixed(3)} ms, recall@10 ${recall.toFixed(3)}`)
  return { p50: library.p50, overhead, recall }
}

/** How many of the true ten nearest were found. */
function recallOf(corpus: Corpus, found: Found): number {
  const hits = corpus.queries.map((query, i) => {
    const truth = nearestOf(corpus, query, K)
    return found[i]?.filter((id) => truth.includes(Number(id))).length ?? 0
  })
  return hits.reduce((sum, hit) => sum + hit, 0) / (K * corpus.queries.length)
}

function row(name: string, { p50, p99 }: Latency, remark = ''): void {
  console.log(`  ${name.padEnd(52)} p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms  ${remark}`)
}

function expectAtMost(what: string, value: number, limit: number): void {
  if (!(value <= limit)) misses.push(`${what}: ${value.toFixed(3)}, expected at most ${limit.toFixed(3)}`)
}
