import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../../../dev/redis/start.ts'
import { checkHealth } from '../../../lib/check/check-health.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { bikeShop, connectTo } from '../../support/bike-shop.ts'

describe('a node of a Redis Cluster', () => {
  let server: RedisServer
  let redis: RedisPool
  beforeAll(async () => {
    server = await startRedis({ args: ['--cluster-enabled', 'yes'] })
    redis = connectTo(server)
  })
  afterAll(async () => {
    await redis.close()
    await server.stop()
  })
  const isCluster = expect.objectContaining({
    code: 'REDIS_CLUSTER',
    message: expect.stringContaining('got a node of a Redis Cluster'),
  })

  it('is connected to', async () => {
    expect(await redis.send(['PING'])).toBe('PONG')
  })

  it('that serves no slots yet is told from a Redis that is down', async () => {
    await expect(provisionIndex({ redis, definition: bikeShop })).rejects.toThrow(isCluster)
  })

  it('is named as what it is in one line by the health check', async () => {
    const { status, problems } = await checkHealth({ redis, definition: bikeShop })
    expect(status).toBe('unavailable')
    expect(problems).toEqual([expect.stringContaining('Redis Cluster')])
  })

  it('cannot hold an index and its alias, not even when it serves all slots', async () => {
    await redis.send(['CLUSTER', 'ADDSLOTSRANGE', '0', '16383'])
    await expect
      .poll(async () => String(await redis.send(['CLUSTER', 'INFO'])), { timeout: 10_000 })
      .toContain('cluster_state:ok')
    await expect(provisionIndex({ redis, definition: bikeShop })).rejects.toThrow(isCluster)
  })
})
