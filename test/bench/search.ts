import { arch, availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { startRedis } from '../../dev/redis/start.ts'
import { defineIndex, type IndexDefinition } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provision-index.ts'
import { jsonSetArgs } from '../../lib/redis/commands/json.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { userKey } from '../../lib/users/user-record.ts'
import { type Corpus, makeCorpus } from './search/corpus.ts'
import { type OursResult, runScript, type Size } from './search/processes.ts'

// npm run bench:search [-- --calls 4000 --users 20000 --wide-users 5000]
// What a search costs beside the one command that it sends, and beside other libraries at the same recall.

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '4000' },
    users: { type: 'string', default: '20000' },
    'wide-users': { type: 'string', default: '5000' },
  },
})
const count = Number(values.calls)
const sizes: Size[] = [
  { users: Number(values.users), dimensions: 384, count },
  { users: Number(values['wide-users']), dimensions: 1536, count },
]
const misses: string[] = []

console.log(`${availableParallelism()} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}`)
for (const size of sizes) await benchmark(size)
for (const miss of misses) console.error(`MISSED: ${miss}`)
process.exit(misses.length === 0 ? 0 : 1)

async function benchmark(size: Size): Promise<void> {
  const { users, dimensions } = size
  const server = await startRedis()
  const overrides = {
    fields: INDEX_DEFINITION.fields.filter(({ alias }) => alias === 'labels'),
    vector: { dimensions },
  }
  const definition = defineIndex(INDEX_DEFINITION, overrides)
  const redis = connectRedis({ source: { from: 'environment', url: server.url } })
  try {
    await load(redis, definition, makeCorpus(dimensions, users))
    const env = { REDIS_URL: server.url, INDEX_DEFINITION: JSON.stringify(overrides) }
    const ours = await runScript<OursResult>('ours.ts', size, env)
    console.log(`\n${users} users of ${dimensions} dimensions, Redis ${server.version}: ${ours.command}`)
    report(size, 'one at a time', ours.alone)
    report(size, 'eight at once', ours.eightAtOnce)
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
      const documents = vectors.slice(from, from + 500).map((vector, i) => {
        const document = {
          user: `${from + i}`,
          labels: labels[from + i],
          vector_embedding: Array.from(vector),
        }
        return jsonSetArgs(userKey(definition, document.user), Buffer.from(JSON.stringify(document)))
      })
      await pipeline(documents, { deadline: Date.now() + 60_000 })
    }
  })
}

function report({ dimensions }: Size, how: string, times: OursResult['alone']): void {
  const { bare } = times
  const rows = {
    'FT.SEARCH alone': bare,
    'handler, base64': times.base64,
    'handler, numbers': times.numbers,
    'FT.SEARCH, whole documents': times.wholeDocuments,
  }
  for (const [name, { p50, p99 }] of Object.entries(rows)) {
    const ratios = `${(p50 / bare.p50).toFixed(2)} × p50, ${(p99 / bare.p99).toFixed(2)} × p99`
    console.log(`  ${how}: ${name.padEnd(28)} p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms: ${ratios}`)
  }
  const label = `${dimensions} dimensions, ${how}`
  for (const [name, latency] of Object.entries({ base64: times.base64, numbers: times.numbers })) {
    atMost(`${label}, ${name}: p50 against the command alone`, latency.p50 / bare.p50, 1.25)
    atMost(`${label}, ${name}: p99 against the command alone`, latency.p99 / bare.p99, 1.5)
  }
}

function atMost(what: string, value: number, limit: number): void {
  if (value > limit) misses.push(`${what}: ${value.toFixed(2)}, expected at most ${limit}`)
}
