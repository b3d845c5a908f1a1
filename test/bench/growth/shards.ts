import { type RedisServer, startRedis } from '../../../dev/redis/start.ts'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { readInfo } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { type MeasureDeps, type Probe, recallAt, searchDistances } from '../../../lib/recall/probes.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { Command, RedisPool } from '../../../lib/redis/redis.ts'
import { type Corpus, makeCorpus } from '../search/corpus.ts'
import { askExactly, QUESTIONS } from './questions.ts'
import { writeCommandsOf } from './users-file.ts'

const WINDOW = 500
const EF_RUNTIMES = [64, 128, 256, 512]
const KS = [10, 100]

type Shard = MeasureDeps & { redis: RedisPool; server: RedisServer }

/**
 * The same users in one Redis, and spread over several. Each question goes to all, and the answers are merged by their
 * distances, as an endpoint that speaks for its shards does. It prints Markdown: recall, and the processor's time of the
 * busiest shard, which is the time of an answer when each shard has a processor of its own.
 */
export async function simulateShards(users: number, counts: readonly number[], override: object) {
  const definition = defineIndex(INDEX_DEFINITION, override)
  const corpus = makeCorpus(384, users)
  let exact: { probes: Probe[] } | undefined
  console.log(`\n${users} users: recall, and ms of processor's time of the busiest shard`)
  const head = KS.flatMap((k) => EF_RUNTIMES.filter((ef) => ef >= k).map((ef) => `k ${k}, EF ${ef}`))
  console.log(`| shards | ${head.join(' | ')} |\n|---|${head.map(() => '---|').join('')}`)
  for (const count of counts) {
    const shards = await Promise.all(Array.from({ length: count }, () => startShard(definition)))
    try {
      for (const [n, shard] of shards.entries()) await fill(shard, corpus, (i) => i % count === n)
      const [first] = shards
      if (first === undefined) throw new Error('Expected at least one shard')
      // Of one Redis with all users.
      exact ??= (await askExactly(corpus, first)).single
      const cells: string[] = []
      for (const k of KS) {
        for (const efRuntime of EF_RUNTIMES.filter((ef) => ef >= k))
          cells.push(await ask(shards, exact.probes.slice(0, QUESTIONS[k]), { k, efRuntime }))
      }
      console.log(`| ${count} | ${cells.join(' | ')} |`)
    } finally {
      for (const { redis, server } of shards) {
        await redis.close()
        await server.stop()
      }
    }
  }
}

async function startShard(definition: IndexDefinition): Promise<Shard> {
  const server = await startRedis()
  const redis = connectRedis({ source: { from: 'environment', url: server.url } })
  await provisionIndex({ redis, definition })
  const info = await readInfo(redis, definition.name)
  return { redis, definition, server, index: info?.name ?? definition.name }
}

async function fill({ redis, definition }: Shard, corpus: Corpus, isOwn: (i: number) => boolean) {
  let window: Command[] = []
  const flush = async () => {
    const commands = window
    window = []
    await redis.lease((connection) => connection.pipeline(commands, { deadline: Date.now() + 600_000 }))
  }
  for (const command of writeCommandsOf(corpus, definition, isOwn)) {
    window.push(command)
    if (window.length === WINDOW) await flush()
  }
  await flush()
}

async function ask(
  shards: readonly Shard[],
  probes: readonly Probe[],
  { k, efRuntime }: { k: number; efRuntime: number },
): Promise<string> {
  const found: number[][] = []
  const before = await Promise.all(shards.map(processorMs))
  for (const { vector } of probes) {
    const answers = await Promise.all(shards.map((shard) => searchDistances(shard, { vector, k, efRuntime })))
    found.push(
      answers
        .flat()
        .toSorted((a, b) => a - b)
        .slice(0, k),
    )
  }
  const after = await Promise.all(shards.map(processorMs))
  const busiest = Math.max(...after.map((ms, i) => ms - (before[i] ?? 0)))
  return `${recallAt(probes, found, k).toFixed(3)}, ${(busiest / probes.length).toFixed(2)}`
}

async function processorMs({ redis }: Shard): Promise<number> {
  const info = String(await redis.send(['INFO', 'cpu']))
  const seconds = ['used_cpu_user_main_thread', 'used_cpu_sys_main_thread'].map((name) =>
    Number(new RegExp(`${name}:([\\d.]+)`).exec(info)?.[1]),
  )
  return 1000 * seconds.reduce((sum, one) => sum + one, 0)
}
