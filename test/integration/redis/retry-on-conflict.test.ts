import { describe, expect, it } from 'vitest'
import { getArgs, parseGet, setArgs } from '../../../lib/redis/commands/strings.ts'
import { watchArgs } from '../../../lib/redis/commands/transactions.ts'
import type { Connection } from '../../../lib/redis/redis.ts'
import { CONFLICT, type Commit, retryOnConflict } from '../../../lib/redis/retry-on-conflict.ts'
import { useRedis } from '../../support/redis.ts'

describe('an optimistic transaction', () => {
  const redis = useRedis()
  const retry = { purpose: 'count', attempts: 3 }

  async function readWatched(connection: Connection, key: string): Promise<number> {
    await connection.send(watchArgs(key))
    return Number(parseGet(await connection.send(getArgs(key))) ?? 0)
  }
  async function increment(
    connection: Connection,
    key: string,
    commit: Commit,
  ): Promise<'done' | typeof CONFLICT> {
    const value = await readWatched(connection, key)
    return (await commit([setArgs(key, String(value + 1))])) === CONFLICT ? CONFLICT : 'done'
  }

  it('loses no increment of twenty clients that count at once', async () => {
    const count = () =>
      redis
        .pool()
        .lease((connection) =>
          retryOnConflict(connection, { purpose: 'count', attempts: 20 }, (commit) =>
            increment(connection, 'twenty', commit),
          ),
        )
    await Promise.all(Array.from({ length: 20 }, count))
    expect(parseGet(await redis.pool().send(getArgs('twenty')))).toBe('20')
  })

  it('reads again after a conflict, and gives up with REDIS_BUSY after the last attempt', async () => {
    let reads = 0
    const overtaken = redis.pool().lease((connection) =>
      retryOnConflict(connection, retry, async (commit) => {
        await readWatched(connection, 'overtaken')
        await redis.pool().send(setArgs('overtaken', String(++reads)))
        return commit([setArgs('overtaken', 'ours')])
      }),
    )
    await expect(overtaken).rejects.toMatchObject({
      code: 'REDIS_BUSY',
      message: 'Expected to count, but other clients wrote the same keys during all 3 attempts: try again',
    })
    expect(reads).toBe(3)
    expect(parseGet(await redis.pool().send(getArgs('overtaken')))).toBe('3')
  })

  it.each(['returns', 'throws'])(
    'watches no key any more when an attempt %s without a commit',
    async (end) => {
      const key = `left-${end}`
      const executed = await redis.pool().lease(async (connection) => {
        const attempt = retryOnConflict(connection, retry, async () => {
          await readWatched(connection, key)
          if (end === 'throws') throw new Error('no good')
          return 'nothing to do'
        })
        await attempt.catch(() => {})
        await redis.pool().send(setArgs(key, 'another client'))
        return connection.pipeline([['MULTI'], setArgs(key, 'the next borrower'), ['EXEC']])
      })
      expect(executed.at(-1)).toEqual({ reply: ['OK'] })
    },
  )
})
