import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type RedisServer, startRedis } from '../../../dev/redis/start.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import { poolWithDeadline } from '../../../lib/redis/pool-with-deadline.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { memberOf } from '../../../lib/redis/reply.ts'
import { connectTo } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'
import { serveSecrets } from '../../support/secrets.ts'

const code = (name: string) => expect.objectContaining({ code: name })

describe('the connection', () => {
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

  it('is opened on first use and kept', async () => {
    const pool = open(redis.server)
    const first = await pool.send(['CLIENT', 'ID'])
    expect(await pool.send(['CLIENT', 'ID'])).toBe(first)
    expect(await clients(pool)).toBe(1)
  })

  it('speaks RESP3, which alone tells of a search that ran out of time', async () => {
    expect(await open(redis.server).send(['HELLO'])).toMatchObject({ proto: 3 })
  })

  it('returns an undecoded reply as flat arrays of bytes', async () => {
    const reply = await open(redis.server).send(['HELLO'], { undecoded: true })
    expect(memberOf(reply, 'server')).toEqual(Buffer.from('redis'))
    expect(memberOf(reply, 'proto')).toBe(3)
    expect(reply).toContainEqual(Buffer.from('proto'))
  })

  it('is one client for many calls at once', async () => {
    const pool = open(redis.server)
    const ids = await Promise.all(Array.from({ length: 50 }, () => pool.send(['CLIENT', 'ID'])))
    expect(new Set(ids).size).toBe(1)
  })

  it('carries bytes unchanged', async () => {
    const pool = open(redis.server)
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
    await pool.send(['SET', 'bytes', bytes])
    expect(await pool.send(['STRLEN', 'bytes'])).toBe(256)
    expect(await pool.send(['GETRANGE', 'bytes', '65', '67'])).toBe('ABC')
  })

  it('forgets a connect that failed', async () => {
    const dead = await startRedis()
    await dead.stop()
    const pool = open(dead)
    await expect(pool.send(['PING'])).rejects.toThrow(code('REDIS_UNAVAILABLE'))
    const back = await startRedis({ port: dead.port })
    try {
      expect(await pool.send(['PING'])).toBe('PONG')
    } finally {
      await back.stop()
    }
  })

  it('is well again at the first call after Redis died and came back', async () => {
    let server: RedisServer = await startRedis()
    try {
      const pool = open(server)
      expect(await pool.send(['PING'])).toBe('PONG')
      const leased = pool.lease(async (connection) => {
        await connection.send(['PING'])
        await server.kill()
        return connection.send(['PING'])
      })
      await expect(leased).rejects.toThrow(code('REDIS_UNAVAILABLE'))
      await expect(pool.send(['PING'])).rejects.toThrow(code('REDIS_UNAVAILABLE'))
      server = await startRedis({ port: server.port })
      expect(await pool.send(['PING'])).toBe('PONG')
      expect(await pool.lease((connection) => connection.send(['PING']))).toBe('PONG')
    } finally {
      await server.stop()
    }
  })

  it('waits for a silent server no longer than its deadline, and takes no late answer for the next', async () => {
    const pool = open(redis.server)
    await pool.send(['PING'])
    process.kill(redis.server.pid, 'SIGSTOP')
    const startedAt = Date.now()
    try {
      await expect(pool.send(['ECHO', 'late'], { deadline: startedAt + 200 })).rejects.toThrow(
        code('REDIS_TIMEOUT'),
      )
    } finally {
      process.kill(redis.server.pid, 'SIGCONT')
    }
    expect(Date.now() - startedAt).toBeLessThan(1_000)
    expect(await pool.send(['ECHO', 'now'])).toBe('now')
  })

  it('waits no longer than its deadline for a server that takes the connection and says nothing', async () => {
    process.kill(redis.server.pid, 'SIGSTOP')
    try {
      const send = open(redis.server).send(['PING'], { deadline: Date.now() + 200 })
      await expect(send).rejects.toThrow(code('REDIS_UNAVAILABLE'))
    } finally {
      process.kill(redis.server.pid, 'SIGCONT')
    }
  })

  it('tries once more on a new connection what broke with the old one', async () => {
    const pool = open(redis.server)
    const watcher = open(redis.server)
    const first = await pool.send(['CLIENT', 'ID'])
    await watcher.send(['CLIENT', 'KILL', 'ID', String(first)])
    const second = await pool.send(['CLIENT', 'ID'])
    expect(second).not.toBe(first)
    const blocked = pool.send(['BLPOP', 'list', '0'], { deadline: Date.now() + 3_000 })
    await expect
      .poll(async () => (await watcher.send(['INFO', 'clients'])) as string)
      .toContain('blocked_clients:1')
    await watcher.send(['CLIENT', 'KILL', 'ID', String(second)])
    await watcher.send(['RPUSH', 'list', 'x'])
    expect(await blocked).toEqual(['list', 'x'])
  })

  it('does not repeat what is to be sent once, whatever became of it', async () => {
    const pool = open(redis.server)
    const watcher = open(redis.server)
    const id = await pool.send(['CLIENT', 'ID'])
    const blocked = pool.send(['BLPOP', 'nothing', '0'], { once: true })
    const refused = expect(blocked).rejects.toThrow(code('REDIS_UNAVAILABLE'))
    await expect
      .poll(async () => (await watcher.send(['INFO', 'clients'])) as string)
      .toContain('blocked_clients:1')
    await watcher.send(['CLIENT', 'KILL', 'ID', String(id)])
    await watcher.send(['RPUSH', 'nothing', 'x'])
    await refused
    expect(await watcher.send(['LLEN', 'nothing'])).toBe(1)
  })

  it('asks a client that was silent for a second before it uses it, and replaces one that does not answer', async () => {
    const link = await forgetfulLink(redis.server)
    const pool = open(link)
    const first = await pool.send(['CLIENT', 'ID'])
    link.forget()
    await delay(1_100)
    const startedAt = Date.now()
    expect(await pool.send(['CLIENT', 'ID'])).not.toBe(first)
    expect(Date.now() - startedAt).toBeLessThan(1_000)
  })

  it('after a failed connect lets Redis breathe, and is back within a second of it', async () => {
    const dead = await startRedis()
    await dead.stop()
    const pool = open(dead)
    const until = Date.now() + 1_500
    let attempts = 0
    while (Date.now() < until) {
      attempts++
      await expect(pool.send(['PING'])).rejects.toThrow(code('REDIS_UNAVAILABLE'))
    }
    // 50 ms, doubling to 500 ms, each between half and whole.
    expect(attempts).toBeGreaterThan(3)
    expect(attempts).toBeLessThan(20)
    const back = await startRedis({ port: dead.port })
    onTestFinished(back.stop)
    const startedAt = Date.now()
    expect(await pool.send(['PING'])).toBe('PONG')
    expect(Date.now() - startedAt).toBeLessThan(1_000)
  })

  it('bounded by an invocation outlives it in no call', async () => {
    const pool = poolWithDeadline(open(redis.server), Date.now() + 300)
    const startedAt = Date.now()
    await expect(pool.send(['BLPOP', 'none', '0'], { deadline: Date.now() + 60_000 })).rejects.toThrow(
      code('REDIS_TIMEOUT'),
    )
    expect(Date.now() - startedAt).toBeLessThan(1_000)
    const leased = pool.lease((connection) => connection.pipeline([['PING']]))
    await expect(leased).rejects.toThrow(code('REDIS_TIMEOUT'))
  })

  it('leaves no client behind when it is closed', async () => {
    const watcher = open(redis.server)
    const pool = connectRedis({ source: { from: 'environment', url: redis.server.url } })
    await Promise.all([pool.send(['PING']), pool.lease((connection) => connection.send(['PING']))])
    await expect.poll(() => clients(watcher)).toBe(3)
    await pool.close()
    await expect.poll(() => clients(watcher)).toBe(1)
  })

  it('leaves none behind that is still being opened when it is closed', async () => {
    const watcher = open(redis.server)
    await watcher.send(['PING'])
    const pool = connectTo(redis.server)
    const sent = pool.send(['PING'])
    await pool.close()
    await expect(sent).rejects.toThrow(code('REDIS_UNAVAILABLE'))
    await expect.poll(() => clients(watcher)).toBe(1)
  })
})

describe('a password that is rotated', () => {
  const redis = useRedis()

  it('is read again when Redis refuses the old one, without a restart', async () => {
    const admin = connectTo(redis.server)
    const url = (password: string) => redis.server.url.replace('redis://', `redis://search:${password}@`)
    const rotate = (password: string) =>
      admin.send(['ACL', 'SETUSER', 'search', 'on', 'resetpass', `>${password}`, '~*', '+@all'])
    const secrets = await serveSecrets()
    secrets.values['shop/redis'] = url('first')
    await rotate('first')

    const pool = connectRedis({ source: { from: 'secret', id: 'shop/redis', aws: secrets.access } })
    expect(await pool.send(['ACL', 'WHOAMI'])).toBe('search')
    await rotate('second')
    secrets.values['shop/redis'] = url('second')
    await admin.send(['CLIENT', 'KILL', 'USER', 'search'])
    // The secret was read a moment ago, and is not asked for more often than every five seconds.
    vi.setSystemTime(Date.now() + 6_000)
    expect(await pool.send(['ACL', 'WHOAMI'])).toBe('search')
    expect(secrets.asked).toHaveLength(2)
    await pool.close()
    await admin.close()
  })
})

describe('a password', () => {
  const redis = useRedis()

  it('that is wrong or missing is a refusal, without the password in the message', async () => {
    const admin = connectTo(redis.server)
    await admin.send(['ACL', 'SETUSER', 'default', 'resetpass', '>hunter2'])
    for (const password of ['', ':wrong-password@']) {
      const url = redis.server.url.replace('redis://', `redis://${password}`)
      const error = await connectTo({ url })
        .send(['PING'])
        .catch((thrown: unknown) => thrown)
      expect(error).toEqual(code('REDIS_REFUSED'))
      expect(String(error)).not.toContain('wrong-password')
    }
    await admin.send(['ACL', 'SETUSER', 'default', 'nopass'])
    await admin.close()
  })
})

/** A link to Redis that can forget its connections, as a NAT gateway does: both ends believe in them, nothing gets through. */
async function forgetfulLink(target: RedisServer) {
  const forgotten = new AbortController()
  const link = createServer((near) => {
    const far = connect(target.port, target.host)
    near.pipe(far).pipe(near)
    for (const end of [near, far]) {
      end.on('error', () => {})
      onTestFinished(() => void end.destroy())
    }
    if (forgotten.signal.aborted) return
    forgotten.signal.addEventListener('abort', () => {
      near.unpipe(far)
      far.unpipe(near)
    })
  }).listen(0, '127.0.0.1')
  await once(link, 'listening')
  onTestFinished(() => void link.close())
  const address = link.address()
  const port = typeof address === 'object' ? address?.port : 0
  return { url: `redis://127.0.0.1:${port}`, forget: () => forgotten.abort() }
}
