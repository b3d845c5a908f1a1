import { loadavg } from 'node:os'
import { join } from 'node:path'
import { type RedisServer, startRedis } from '../../../dev/redis/start.ts'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { readIndex } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { startImporter } from '../import/importer.ts'
import { pipe, writeCommands } from '../import/redis-pipe.ts'
import { makeCorpus } from '../search/corpus.ts'
import { askExactly, KINDS } from './questions.ts'
import { recallOfProduct, type SearchFigures, timeSearches } from './searches.ts'
import { timeMigration, timeRestart, timeUpkeep, usedMemory } from './upkeep.ts'
import { userLines, writeCommandsOf, writeUsersFile } from './users-file.ts'

interface Options {
  users: number
  /** Laid over the definition. */
  override: object
  folder: string
  withPipe: boolean
  /** Also a restart and a migration. */
  withRebuild: boolean
}

const LEAST_RECALL = 0.99
const MOST_RATIO = 1.3
const LEAST_RATE = 0.95
const WARM_UP = 5_000

/** All figures of one size, and the targets that it missed. */
export async function measureSize({ users, override, folder, withPipe, withRebuild }: Options) {
  const definition = defineIndex(INDEX_DEFINITION, override)
  const { storage, vector } = definition
  const dir = join(folder, 'redis')
  let server = await startRedis({ dir })
  let redis = connect(server)
  const importer = await startImporter({ redisUrl: server.url, folder, override })
  const missed: string[] = []
  // Other work on the machine makes every time longer.
  const tell = (text: string) =>
    console.log(`  ${new Date().toISOString().slice(11, 19)} load ${loadavg()[0]?.toFixed(1)}: ${text}`)
  console.log(`\n${users} users, ${storage}, ${vector.type}, Redis ${server.version}`)
  try {
    const corpus = makeCorpus(384, users)
    const usersFile = join(folder, 'users.ndjson')
    await writeUsersFile(usersFile, corpus)
    tell('the corpus is written')

    let pipeSeconds: number | undefined
    if (withPipe) {
      const commandsFile = join(folder, 'commands.resp')
      const count = await writeCommands(commandsFile, writeCommandsOf(corpus, definition))
      await provisionIndex({ redis, definition })
      pipeSeconds = (await pipe(server, commandsFile, count)) / 1000
      await redis.send(['FLUSHALL'], { deadline: Date.now() + 600_000 })
      tell(`redis-cli --pipe: ${pipeSeconds.toFixed(1)} s`)
    }

    await provisionIndex({ redis, definition })
    // V8 compiles the importer's code while it reads the first users.
    await importer.invoke(Buffer.from([...userLines(corpus).take(WARM_UP)].join('')))
    await redis.send(['FLUSHALL'], { deadline: Date.now() + 600_000 })
    await provisionIndex({ redis, definition })
    const usedEmpty = await usedMemory(redis)
    const { report, ms: importedMs } = await importer.invoke(usersFile)
    if (report.state !== 'COMPLETED' || report.searchable !== users)
      throw new Error(`Expected ${users} searchable users, got ${JSON.stringify(report)}`)
    const importerMemory = await importer.mostMemory()
    const { info, recall: kept } = await readIndex({ redis, definition })
    if (info === undefined) throw new Error('Expected an index')
    // No other loader measures recall, so that the rate is without it.
    const ms = importedMs - (kept?.tookMs ?? 0)
    const bytesPerUser = ((await usedMemory(redis)) - usedEmpty) / users
    const residentPerUser = (await usedMemory(redis, 'used_memory_rss')) / users
    tell(`import: ${(ms / 1000).toFixed(1)} s, ${Math.round(bytesPerUser)} bytes a user; it keeps`)
    console.log(JSON.stringify(kept))
    const rate = pipeSeconds === undefined ? undefined : (pipeSeconds * 1000) / ms
    if (rate !== undefined && rate < LEAST_RATE)
      missed.push(`import ${rate.toFixed(2)} × redis-cli --pipe, expected ${LEAST_RATE}`)

    const deps = { redis, definition, index: info.name }
    const questions = await askExactly(corpus, deps)
    const searches: SearchFigures[] = []
    for (const kind of KINDS) {
      const found = await recallOfProduct(deps, kind, questions[kind])
      for (const one of found) {
        const figures = await timeSearches(deps, questions[kind], { ...one, target: LEAST_RECALL })
        const { k, recall, ratio, leastEf, warning, alone } = figures
        const at = `${kind}, k ${k}`
        tell(
          `${at}: recall ${recall.toFixed(3)}, least ${leastEf}, p50 ${alone.product.p50.toFixed(2)} ms, × ${ratio.toFixed(2)}, exact ${alone.exact.p50.toFixed(2)} ms ${warning ?? ''}`,
        )
        if (recall < LEAST_RECALL)
          missed.push(
            `${at}: recall ${recall.toFixed(3)}, expected ${LEAST_RECALL}, ${warning ?? 'without a warning'}`,
          )
        // With a filter the candidates are those of the hardest share.
        if (kind !== 'filtered' && ratio > MOST_RATIO)
          missed.push(`${at}: ${ratio.toFixed(2)} × the least that reaches it, expected ${MOST_RATIO}`)
        searches.push(figures)
      }
    }

    const timeRebuild = async () => {
      const restart = await timeRestart(server, { redis, definition, dir })
      ;({ server, redis } = restart)
      tell(
        `restart: answers after ${restart.answers.toFixed(1)} s, whole after ${restart.whole.toFixed(1)} s`,
      )
      const migration = await timeMigration({ redis, definition })
      tell(
        `migration: ${migration.seconds.toFixed(1)} s, ${migration.moreMemory.toFixed(2)} × memory; it keeps`,
      )
      console.log(JSON.stringify((await readIndex({ redis, definition: migration.definition })).recall))
      return { restart, migration }
    }
    const upkeep = await timeUpkeep({ redis, definition })
    tell(`measurement ${upkeep.measure.toFixed(1)} s, check ${upkeep.check.toFixed(1)} s`)
    console.log(JSON.stringify(upkeep.recall))
    const rebuild = withRebuild ? await timeRebuild() : undefined
    return {
      ...{ users, storage, type: vector.type, missed, searches, upkeep, rebuild },
      ...{ importSeconds: ms / 1000, rate, bytesPerUser, residentPerUser, importerMemory },
    }
  } finally {
    await redis.close()
    await importer.end()
    await server.stop()
  }
}

function connect({ url }: RedisServer): RedisPool {
  return connectRedis({ source: { from: 'environment', url } })
}
