import { afterEach, describe, expect, it } from 'vitest'
import { poolWithDeadline } from '../../../lib/redis/pool-with-deadline.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { connectTo } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'

const code = (name: string) => expect.objectContaining({ code: name })

describe('a leased connection', () => {
  const redis = useRedis()
  const pools: RedisPool[] = []
  const open = (server: { url: string }) => {
    const pool = connectTo(server)
    pools.push(pool)
    return pool
  }
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.close()
  })
  const clients = async (pool: RedisPool) =>
    String(await pool.send(['CLIENT', 'LIST']))
      .trim()
      .split('\n').length

  it('is given to one at a time, and used again by the next', async () => {
    const pool = open(redis.server)
    const idOf = () => pool.lease((connection) => connection.send(['CLIENT', 'ID']))
    const first = await idOf()
    expect(await idOf()).toBe(first)
    const [a, b] = await Promise.all([idOf(), idOf()])
    expect(a).not.toBe(b)
  })

  it('is closed when the work that had it failed', async () => {
    const watcher = open(redis.server)
    const failed = open(redis.server).lease(async (connection) => {
      await connection.send(['CLIENT', 'SETNAME', 'mine'])
      throw new Error('no good')
    })
    await expect(failed).rejects.toThrow('no good')
    await expect.poll(() => watcher.send(['CLIENT', 'LIST'])).not.toContain('name=mine')
  })

  it('is given to at most eight at once; the ninth waits', async () => {
    const pool = open(redis.server)
    let running = 0
    let most = 0
    const work = () =>
      pool.lease(async (connection) => {
        most = Math.max(most, ++running)
        await connection.send(['PING'])
        running--
      })
    await Promise.all(Array.from({ length: 40 }, work))
    expect(most).toBe(8)
  })

  it('is waited for no longer than the deadline, and the next in the row still gets it', async () => {
    const pool = open(redis.server)
    const ends: (() => void)[] = []
    const held = Array.from({ length: 8 }, () =>
      pool.lease(() => new Promise<void>((resolve) => ends.push(resolve))),
    )
    const late = pool.lease(async () => 'late', { deadline: Date.now() + 50 })
    const patient = pool.lease(async () => 'patient')
    await expect(late).rejects.toThrow(code('REDIS_BUSY'))
    const bound = poolWithDeadline(pool, Date.now() + 50).lease(async () => 'bounded')
    await expect(bound).rejects.toThrow(code('REDIS_BUSY'))
    for (const end of ends) end()
    expect(await patient).toBe('patient')
    await Promise.all(held)
  })

  it('pipelines in order, and gives each refusal to the command that was refused', async () => {
    const outcomes = await open(redis.server).lease((connection) =>
      connection.pipeline([
        ['SET', 'a', '1'],
        ['INCR', 'a'],
        ['INCR', 'a', 'b'],
        ['INCR', 'a'],
      ]),
    )
    expect(outcomes).toEqual([{ reply: 'OK' }, { reply: 2 }, { refused: code('REDIS_ERROR') }, { reply: 3 }])
  })

  it('is one for calls that begin at the same time, and none is left when the pool is closed', async () => {
    const watcher = open(redis.server)
    const pool = connectTo(redis.server)
    const ids = await pool.lease((connection) =>
      Promise.all([
        connection.pipeline([['CLIENT', 'ID'], ['PING']]),
        connection.pipeline([['CLIENT', 'ID'], ['PING']]),
        connection.send(['CLIENT', 'ID']),
      ]),
    )
    expect(ids[1]).toEqual(ids[0])
    expect(ids[0][0]).toEqual({ reply: ids[2] })
    await pool.close()
    await expect.poll(() => clients(watcher)).toBe(1)
  })

  it('that ends after the pool was closed is closed, too', async () => {
    const watcher = open(redis.server)
    const pool = open(redis.server)
    await pool.lease(async (connection) => {
      await connection.send(['PING'])
      await pool.close()
    })
    await expect.poll(() => clients(watcher)).toBe(1)
  })

  it('that could not be opened is opened at the next call', async () => {
    const secretUrl = redis.server.url.replace('redis://', 'redis://late:x@')
    const admin = open(redis.server)
    await open({ url: secretUrl }).lease(async (connection) => {
      await expect(connection.send(['PING'])).rejects.toThrow(code('REDIS_REFUSED'))
      await admin.send(['ACL', 'SETUSER', 'late', 'on', '>x', '~*', '+@all'])
      expect(await connection.send(['ACL', 'WHOAMI'])).toBe('late')
    })
  })

  it('that opens after its lease has ended is closed', async () => {
    const watcher = open(redis.server)
    const pool = open(redis.server)
    process.kill(redis.server.pid, 'SIGSTOP')
    let left: Promise<unknown> = Promise.resolve()
    try {
      await pool.lease(async (connection) => {
        left = connection.send(['PING'])
        await expect(connection.send(['PING'], { deadline: Date.now() + 100 })).rejects.toThrow(
          code('REDIS_UNAVAILABLE'),
        )
      })
    } finally {
      process.kill(redis.server.pid, 'SIGCONT')
    }
    await Promise.allSettled([left])
    await expect.poll(() => clients(watcher)).toBe(1)
  })
})
