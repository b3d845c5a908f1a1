import { describe, expect, it, onTestFinished } from 'vitest'
import { cacheIndexReading } from '../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop, connectTo } from '../support/bike-shop.ts'
import { useRedis } from '../support/redis.ts'
import { proxyTo } from '../support/search-environment.ts'

const aTimeout = expect.objectContaining({ code: 'REDIS_TIMEOUT' })
const soon = () => ({ deadline: Date.now() + 200 })
const later = () => ({ deadline: Date.now() + 1_000 })

// An invocation ends at its deadline, while something of its own is still under way and about to fail.
describe('what an invocation left under way does not fail the next one', () => {
  const redis = useRedis()

  /** An open connection that has just become a black hole, which the next one will not be. */
  async function connectionGoneSilent() {
    const { proxy, url } = await proxyTo({ url: redis.urlOf('search-users') })
    const pool = connectTo({ url })
    onTestFinished(pool.close)
    await pool.send(['PING'])
    await proxy.toxic('timeout', { timeout: 0 }, { only: 'existing' })
    return pool
  }

  it('when it was a connect', async () => {
    const pool = await connectionGoneSilent()
    const options = soon()
    await expect(Promise.all([pool.send(['PING'], options), pool.send(['PING'], options)])).rejects.toThrow(
      aTimeout,
    )
    expect(await pool.send(['PING'], later())).toBe('PONG')
  })

  it("when it was a look at the index's state", async () => {
    const admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await admin.close()
    const pool = await connectionGoneSilent()
    const readIndex = cacheIndexReading({ redis: pool, definition: bikeShop })
    const options = soon()
    await expect(Promise.all([pool.send(['PING'], options), readIndex(options)])).rejects.toThrow(aTimeout)
    expect(await readIndex(later())).toMatchObject({ state: 'ready' })
  })
})
