import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readLedger } from '../../../lib/import/import-ledger.ts'
import { importId } from '../../../lib/import/import-report.ts'
import { importUsers } from '../../../lib/import/import-users.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { RedisPool } from '../../../lib/redis/redis.ts'
import { objectStore } from '../../../lib/s3/object-store.ts'
import { bikeShop, bikeShopFile, connectTo, storeBikeShop } from '../../support/bike-shop.ts'
import { useS3 } from '../../support/bucket.ts'
import { BUCKET, put, s3ForTest } from '../../support/s3.ts'
import { useSentinels } from '../../support/sentinels.ts'
import { startTap } from '../../support/tap.ts'

const KEY = 'imports/bike-shop.ndjson'
const code = (name: string) => expect.objectContaining({ code: name })

describe('behind three sentinels', () => {
  const redis = useSentinels({ replicas: 1 })
  beforeAll(async () => {
    const admin = connectTo(redis)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await storeBikeShop(admin)
    expect(await admin.send(['WAIT', '1', '5000'])).toBe(1)
    await admin.close()
  })

  function open(url: string, options: { onlyReads?: boolean } = {}): RedisPool {
    const pool = connectRedis({ source: { from: 'environment', url } }, options)
    onTestFinished(pool.close)
    return pool
  }
  const portOf = async (pool: RedisPool) =>
    Number(/tcp_port:(\d+)/.exec(String(await pool.send(['INFO', 'server'])))?.[1])

  it('the primary is found, also when two of them are gone', async () => {
    const { port } = await redis.primary()
    expect(await portOf(open(redis.url))).toBe(port)
    const [first, ...others] = redis.url.split(',')
    const reduced = [first, ...others.map((host) => host.replace(/:\d+/, ':1'))].join(',')
    expect(await portOf(open(reduced))).toBe(port)
  })

  it('a name that none of them watches is a mistake of the configuration', async () => {
    await expect(open(redis.url.replace(/shop$/, 'shoe')).send(['PING'])).rejects.toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('a primary named shoe'),
      }),
    )
  })

  it('nobody there is an unreachable Redis', async () => {
    const nobody = open('redis+sentinel://127.0.0.1:1,127.0.0.1:2/shop')
    await expect(nobody.send(['PING'])).rejects.toThrow(code('REDIS_UNAVAILABLE'))
  })

  it('searches read from a replica where the URL says so, and everybody else from the primary', async () => {
    const [replica] = await redis.replicas()
    const { port } = await redis.primary()
    const url = `${redis.url}?reads=replica`
    expect(await portOf(open(url, { onlyReads: true }))).toBe(replica?.port)
    expect(await portOf(open(redis.url, { onlyReads: true }))).toBe(port)
    const pool = open(url)
    expect(await portOf(pool)).toBe(port)
  })

  it('searches read from the primary when the replica has lost it, or lacks the index', async () => {
    const [replica] = await redis.replicas()
    const { port } = await redis.primary()
    const admin = connectTo({ url: replica?.url ?? '' })
    onTestFinished(admin.close)
    const reader = open(`${redis.url}?reads=replica`, { onlyReads: true })
    expect(await portOf(reader)).toBe(replica?.port)
    await admin.send(['REPLICAOF', '127.0.0.1', '1'])
    // The sentinels do so as well, after some seconds. But they give it its primary back at the same time.
    await admin.send(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
    await expect.poll(() => portOf(reader), { timeout: 20_000 }).toBe(port)
    await admin.send(['REPLICAOF', '127.0.0.1', String(port)])
    await redis.settled()

    const another = open(`${redis.url}?reads=replica`, { onlyReads: true })
    expect(await portOf(another)).toBe(replica?.port)
    await expect(another.send(['FT.SEARCH', 'nowhere', '*'])).rejects.toThrow(code('INDEX_MISSING'))
    expect(await portOf(another)).toBe(port)
  })

  it('an import ends only when as many replicas have it as are asked for', async () => {
    const [replica] = await redis.replicas()
    const { client, server } = await s3ForTest()
    useS3(server.url)
    const { ETag = '' } = await put(client, KEY, bikeShopFile)
    const deps = {
      redis: open(redis.urlOf('import-users')),
      definition: bikeShop,
      objects: objectStore(BUCKET),
      importPrefix: 'imports/',
      reportPrefix: 'reports/',
      maxRecordBytes: 1024 * 1024,
      waitReplicas: 1,
    }
    const run = () => importUsers(deps, { bucket: BUCKET, key: KEY, etag: ETag.replaceAll('"', '') })
    const { redis: reader } = deps
    process.kill(replica?.pid ?? 0, 'SIGSTOP')
    try {
      await expect(run()).rejects.toThrow(
        expect.objectContaining({
          code: 'REDIS_BUSY',
          message: 'Expected 1 replica(s) to have the import within 3 s, got 0',
        }),
      )
      expect((await readLedger(reader, importId(BUCKET, KEY))).report?.state).toBe('RUNNING')
    } finally {
      process.kill(replica?.pid ?? 0, 'SIGCONT')
    }
    await redis.settled()
    expect(await run()).toMatchObject({ state: 'COMPLETED', read: 4, durability: 'replicated' })
  })

  it('a write that a replica refuses goes to the primary that has taken over its name', async () => {
    const [replica] = await redis.replicas()
    let target = replica ?? (await redis.primary())
    const name = await startTap(() => target)
    const pool = open(name.through(target.url))
    expect(await portOf(pool)).toBe(replica?.port)
    target = await redis.primary()
    expect(await pool.send(['SET', 'lookalike:a', '0'])).toBe('OK')
    expect(await portOf(pool)).toBe(target.port)
  })

  it('a write goes to the new primary after a failover, and no lease of the old one does', async () => {
    const before = await redis.primary()
    const pool = open(redis.url)
    await pool
      .lease(async (connection) => {
        await connection.send(['CLIENT', 'SETNAME', 'writer'])
        await redis.askSentinel(['SENTINEL', 'FAILOVER', 'shop'])
        await expect.poll(async () => (await redis.primary()).port, { timeout: 20_000 }).not.toBe(before.port)
        // Until it is told that it is a replica, the old primary takes writes, and then loses them.
        const portOfWrites = () =>
          pool.send(['SET', 'lookalike:a', '0']).then(
            () => portOf(pool),
            () => before.port,
          )
        await expect.poll(portOfWrites, { timeout: 20_000 }).not.toBe(before.port)
        expect(await pool.send(['SET', 'lookalike:a', '1'])).toBe('OK')
        await expect
          .poll(
            () =>
              connection.send(['SET', 'lookalike:a', '2']).then(
                () => 'OK',
                () => 'refused',
              ),
            { timeout: 20_000 },
          )
          .toBe('refused')
      })
      .catch(() => {})
    // For a moment the sentinels may name a server that has not heard of its new role yet.
    await expect.poll(() => pool.send(['GET', 'lookalike:a']), { timeout: 20_000 }).toBe('1')
    await redis.settled()
  })
})

describe('behind sentinels, of two replicas', () => {
  const redis = useSentinels({ replicas: 2 })

  it('the other is asked when one cannot serve', async () => {
    const [full, other] = await redis.replicas()
    const admin = connectTo({ url: full?.url ?? '' })
    onTestFinished(admin.close)
    await admin.send(['CONFIG', 'SET', 'maxclients', '1'])
    for (let i = 0; i < 8; i++) {
      const source = { from: 'environment', url: `${redis.url}?reads=replica` } as const
      const reader = connectRedis({ source }, { onlyReads: true })
      onTestFinished(reader.close)
      expect(String(await reader.send(['INFO', 'server']))).toContain(`tcp_port:${other?.port}\r`)
    }
  })
})
