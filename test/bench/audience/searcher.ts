/** Searches every 25 ms in a thread of its own, until it is told to stop; then says how long each search took. */
import { setTimeout as delay } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import * as v from 'valibot'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { queries } from '../../support/readers.ts'

const { url, override } = v.parse(v.object({ url: v.string(), override: v.unknown() }), workerData)
const definition = defineIndex(INDEX_DEFINITION, override)
const redis = connectRedis({ source: { from: 'environment', url } })
const readIndex = cacheIndexReading({ redis, definition })
const tookMs: number[] = []
let isOver = false
parentPort?.once('message', () => {
  isOver = true
})
for (let i = 0; !isOver; i++) {
  const startedAt = performance.now()
  const request = { vector: Array.from(queries[i % queries.length] ?? []), k: 10, includeVector: false }
  await searchUsers({ redis, definition, readIndex }, { ...request, efRuntime: 128 })
  tookMs.push(performance.now() - startedAt)
  await delay(25)
}
await redis.close()
// The first ones open connections.
parentPort?.postMessage(tookMs.slice(10))
