import { readdirSync } from 'node:fs'
import { arch, cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { startRedis } from '../../dev/redis/start.ts'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { measureRecall } from '../../lib/recall/measure-recall.ts'
import {
  answerExactly,
  type MeasureDeps,
  makeQueries,
  type Probe,
  recallAt,
  searchDistances,
} from '../../lib/recall/probes.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { Redis } from '../../lib/redis/redis.ts'
import { sampleUsers } from '../../lib/users/sample-users.ts'
import { toBytes } from '../../lib/vector.ts'
import { store } from '../support/bike-shop.ts'
import { seeded } from '../support/random.ts'
import { DIMENSIONS, rowsOf } from '../support/readers.ts'

// npm run bench:recall [-- --data DIR --m 16 --ef-construction 200 --seed 1]
// How well the probes of a measurement tell the recall of queries that nobody stored, and what a measurement costs.
// DIR holds readers-<rows>x384.f32 and queries-<rows>x384.f32: float32 little-endian, of length 1.

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: resolve(import.meta.dirname, '../data') },
    m: { type: 'string', default: '16' },
    'ef-construction': { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
})
const users = vectorsOf('readers')
const queries = vectorsOf('queries')
const seedRandom = seeded(Number(values.seed))
const random = () => seedRandom.between(0, 1)
const definition = defineIndex(INDEX_DEFINITION, {
  vector: { dimensions: DIMENSIONS, m: Number(values.m), efConstruction: Number(values['ef-construction']) },
})

const server = await startRedis()
const redis = connectRedis({ source: { from: 'environment', url: server.url } })
try {
  console.log(
    `${cpus().length} × ${cpus()[0]?.model} (${arch()}), Node ${process.version}, Redis ${server.version}`,
  )
  const { index } = await provisionIndex({ redis, definition })
  if (index === null) throw new Error('Expected an index')
  const documents = users.map((vector, i) => [`user:${i}`, { vector_embedding: Array.from(vector) }])
  await store(redis, Object.fromEntries(documents))
  const { m, efConstruction } = definition.vector
  console.log(
    `${users.length} users of ${DIMENSIONS} dimensions, M ${m}, EF_CONSTRUCTION ${efConstruction}\n`,
  )

  const deps = { redis, definition, index }
  await compareProbes(deps)
  await weighMeasurement(deps)
} finally {
  await redis.close()
  await server.stop()
}

async function compareProbes(deps: MeasureDeps): Promise<void> {
  const sample = await sampleUsers(deps, 256)
  const count = queries.length
  const solved = async (vectors: readonly Buffer[]) => {
    const probes: Probe[] = []
    for (const vector of vectors) probes.push(await answerExactly(deps, vector, 10))
    return probes
  }
  const kinds = [
    await solved(queries.map((query) => toBytes(query, 'FLOAT32'))),
    await solved(makeQueries(deps, sample, { count, members: 2, random })),
    await solved(makeQueries(deps, sample, { count, members: 5, random })),
    await solved([...sample.values()].slice(0, count).map((vector) => toBytes(vector, 'FLOAT32'))),
  ]

  const names = [`${queries.length} unseen queries`, 'means of two', 'means of five', "stored users' own"]
  const table = new Table({ head: ['EF_RUNTIME', ...names, 'ms a search'], style: { head: [], border: [] } })
  for (const efRuntime of [10, 32, 64, 128, 200, 256, 400, 512, 1024]) {
    const startedAt = performance.now()
    const recalls: string[] = []
    for (const probes of kinds) {
      const found: number[][] = []
      for (const { vector } of probes) found.push(await searchDistances(deps, { vector, k: 10, efRuntime }))
      recalls.push(recallAt(probes, found, 10).toFixed(3))
    }
    const searches = kinds.reduce((sum, probes) => sum + probes.length, 0)
    table.push([efRuntime, ...recalls, ((performance.now() - startedAt) / searches).toFixed(2)])
  }
  console.log('recall@10 by what is asked')
  console.log(table.toString())
}

async function weighMeasurement({ redis, definition }: MeasureDeps): Promise<void> {
  let commands = 0
  let longest = 0
  const watched: Redis = {
    async send(command, options) {
      const startedAt = performance.now()
      const reply = await redis.send(command, options)
      commands++
      longest = Math.max(longest, performance.now() - startedAt)
      return reply
    },
  }
  await redis.send(['CONFIG', 'RESETSTAT'])
  const startedAt = performance.now()
  const recall = await measureRecall({ redis: watched, definition }, { random })
  const tookMs = performance.now() - startedAt
  const stats = String(await redis.send(['INFO', 'commandstats']))
  const busyMs = [...stats.matchAll(/usec=(\d+)/g)].reduce((sum, [, usec]) => sum + Number(usec) / 1000, 0)
  console.log(
    `\nA measurement: ${tookMs.toFixed(0)} ms, ${commands} commands, the longest ${longest.toFixed(1)} ms`,
  )
  console.log(`Redis worked ${busyMs.toFixed(0)} ms on it. It keeps:`)
  console.log(JSON.stringify(recall, null, 2))
}

function vectorsOf(kind: 'readers' | 'queries'): Float32Array[] {
  const pattern = new RegExp(`^${kind}-\\d+x${DIMENSIONS}\\.f32$`)
  const name = readdirSync(values.data).find((file) => pattern.test(file))
  if (name === undefined) throw new Error(`Expected ${kind}-<rows>x${DIMENSIONS}.f32 in ${values.data}`)
  return rowsOf(join(values.data, name))
}
