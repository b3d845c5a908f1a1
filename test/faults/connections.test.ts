import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop, connectTo, storeBikeShop } from '../support/bike-shop.ts'
import { distribution } from '../support/distribution.ts'
import { useRedis } from '../support/redis.ts'
import { type SearchEnvironment, startSearch } from '../support/search-environment.ts'

const ENVIRONMENTS = 50
const INVOCATIONS = 100
/** Starting a process takes half a second of a processor. */
const STARTED_AT_ONCE = 5

describe('fifty environments', () => {
  const redis = useRedis()
  beforeAll(async () => {
    const admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await storeBikeShop(admin)
    await admin.close()
  })

  it('hold one connection each over a hundred searches, and none after their end', async () => {
    const watcher = watch(redis.server)
    const environments: SearchEnvironment[] = []
    while (environments.length < ENVIRONMENTS) {
      const starting = Array.from({ length: STARTED_AT_ONCE }, () =>
        startSearch({ REDIS_URL: redis.urlOf('search-users') }),
      )
      environments.push(...(await Promise.all(starting)))
    }

    const searches = await Promise.all(environments.map(searchManyTimes))
    console.log(`${ENVIRONMENTS} x ${INVOCATIONS} searches: ${distribution(searches.flat())}`)
    console.log(`connections, beside the watcher's: at most ${watcher.most() - 1}`)
    expect(await watcher.now()).toBe(ENVIRONMENTS + 1)
    expect(watcher.most()).toBe(ENVIRONMENTS + 1)

    await Promise.all(environments.map(({ end }, i) => end(i % 2 === 0 ? 'SIGTERM' : 'SIGKILL')))
    await expect.poll(watcher.now).toBe(1)
  })
})

async function searchManyTimes({ search }: SearchEnvironment): Promise<number[]> {
  const times: number[] = []
  while (times.length < INVOCATIONS) {
    const { outcome, ms } = await search({ vector: [0.9, 0.7, 0.2], k: 2 }, { timeoutMs: 15_000 })
    expect(outcome).toEqual(['1', '2'])
    times.push(ms)
  }
  return times
}

/** Counts the server's clients, itself among them, until the test has finished. */
function watch(server: { url: string }) {
  const redis = connectTo(server)
  let most = 0
  let isWatching = true
  const now = async () => {
    const info = String(await redis.send(['INFO', 'clients']))
    const count = Number(/connected_clients:(\d+)/.exec(info)?.[1])
    most = Math.max(most, count)
    return count
  }
  const watching = (async () => {
    while (isWatching) {
      await now()
      await sleep(20)
    }
  })()
  onTestFinished(async () => {
    isWatching = false
    await watching
    await redis.close()
  })
  return { now, most: () => most }
}
