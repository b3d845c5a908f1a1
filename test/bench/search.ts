import { arch, availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { startRedis } from '../../dev/redis/start.ts'
import { defineIndex, type IndexDefinition } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provision-index.ts'
import { jsonSetArgs } from '../../lib/redis/commands/json.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { EF_RUNTIME } from '../../lib/search/how-to-walk.ts'
import { userKey } from '../../lib/users/user-record.ts'
import { type Corpus, makeCorpus, nearestOf } from './search/corpus.ts'
import type { Latency } from './search/measure.ts'
import { type Peer, runLangchain, runRedisVl } from './search/peers.ts'
import { type Found, type OursResult, type OursTimes, runScript, type Size } from './search/processes.ts'

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
const count = Number(values.calls)
const misses: string[] = []

console.log(`${availableParallelism()} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}`)
await benchmark({ users: Number(values.users), dimensions: 384, count })
await benchmark({ users: Number(values['wide-users']), dimensions: 1536, count })
for (const miss of misses) console.error(`MISSED: ${miss}`)
process.exit(misses.length === 0 ? 0 : 1)

async function benchmark(size: Size): Promise<void> {
  const { users, dimensions } = size
  const server = await startRedis()
  const fields = INDEX_DEFINITION.fields.filter(({ alias }) => alias === 'labels')
  const overrides = { fields, vector: { dimensions } }
  const definition = defineIndex(INDEX_DEFINITION, overrides)
  const redis = connectRedis({ source: { from: 'environment', url: server.url } })
  try {
    const corpus = makeCorpus(dimensions, users)
    await load(redis, definition, corpus)
    const env = { REDIS_URL: server.url, INDEX_DEFINITION: JSON.stringify(overrides) }
    const ours = await runScript<OursResult>('ours.ts', size, env)
    console.log(`\n${users} users of ${dimensions} dimensions, Redis ${server.version}: ${ours.command}`)
    report(size, 'one at a time', ours.alone)
    report(size, 'eight at once', ours.eightAtOnce)
    reportRecall(size, corpus, ours)

    const setting = { url: server.url, size, definition, k: K, efRuntime: EF_RUNTIME }
    for (const peer of [await runRedisVl(setting, ours.alone.bare), await runLangchain(setting)]) {
      reportPeer(size, corpus, ours, peer)
    }
  } finally {
    await redis.close()
    await server.stop()
  }
}

async function load(
  redis: RedisPool,
  definition: IndexDefinition,
  { vectors, labels }: Corpus,
): Promise<void> {
  await provisionIndex({ redis, definition })
  await redis.lease(async ({ pipeline }) => {
    for (let from = 0; from < vectors.length; from += 500) {
      const commands = vectors.slice(from, from + 500).map((vector, i) => {
        const id = String(from + i)
        const document = { id, labels: labels[from + i], vector_embedding: Array.from(vector) }
        return jsonSetArgs(userKey(definition, id), Buffer.from(JSON.stringify(document)))
      })
      await pipeline(commands, { deadline: Date.now() + 60_000 })
    }
  })
}

function report({ dimensions }: Size, how: string, times: OursTimes): void {
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

function reportRecall({ dimensions }: Size, corpus: Corpus, { alone, found, foundAtEf10 }: OursResult): void {
  const [recall, atEf10] = [recallOf(corpus, found), recallOf(corpus, foundAtEf10)]
  const cost = (alone.bare.p50 / alone.ef10.p50).toFixed(2)
  console.log(
    `  recall@10 ${recall.toFixed(3)}; at EF_RUNTIME 10, Redis's default, ${atEf10.toFixed(3)}; it costs ${cost} × p50`,
  )
  expectAtMost(`${dimensions} dimensions: what recall@10 lacks`, 1 - recall, 0.01)
}

function reportPeer({ dimensions }: Size, corpus: Corpus, { alone }: OursResult, peer: Peer): void {
  const { base64, bare } = alone
  const recall = recallOf(corpus, peer.found)
  const [theirs, ours] = [peer.times.p50 - peer.bare.p50, base64.p50 - bare.p50]
  row(`FT.SEARCH alone, as ${peer.name} sends it`, peer.bare)
  row(peer.name, peer.times, `recall@10 ${recall.toFixed(3)}, overhead ${(theirs / ours).toFixed(1)} × ours`)
  expectAtMost(`${dimensions} dimensions: our p50 over ${peer.name}'s`, base64.p50 / peer.times.p50, 1)
  expectAtMost(`${dimensions} dimensions: our overhead over ${peer.name}'s`, ours / theirs, 0.5)
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
  if (!(value <= limit)) misses.push(`${what}: ${value.toFixed(3)}, expected at most ${limit}`)
}
