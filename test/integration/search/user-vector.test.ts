import { beforeAll, describe, expect, it } from 'vitest'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { readUserVector } from '../../../lib/users/user-vector.ts'
import { bikeShop, storeBikeShop } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'

describe('the vector of a stored user', () => {
  const server = useRedis()
  let redis: RedisPool
  beforeAll(async () => {
    redis = server.pool()
    await storeBikeShop(redis)
  })

  const read = (id: string) =>
    readUserVector({ redis: server.pool('search-users'), definition: bikeShop }, id)

  it('is float32', async () => {
    expect(await read('1')).toEqual(Float32Array.of(0.9, 0.7, 0.2))
  })

  it.each([
    ['SET', 'user:other', 'text'],
    ['HSET', 'user:other', 'user', 'hash'],
    ['RPUSH', 'user:other', 'list'],
  ])('is not to be had from what a %s has put under the key', async (...command) => {
    await redis.send(['DEL', 'user:other'])
    await redis.send(command)
    await expect(read('other')).rejects.toThrow(
      expect.objectContaining({
        code: 'USER_NOT_SEARCHABLE',
        message: "Expected the user's key to be a JSON document, got a key of another type",
      }),
    )
  })
})
