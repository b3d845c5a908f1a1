import { afterAll, describe, expect, it } from 'vitest'
import { AppError } from '../../../lib/errors.ts'
import { parseFtSearch } from '../../../lib/redis/commands/ft-search.ts'
import type { Command, RedisPool } from '../../../lib/redis/redis.ts'
import { isAlreadyExistsError } from '../../../lib/redis/server-errors.ts'
import { connectTo } from '../../support/bike-shop.ts'
import { useRedis, VERSIONS } from '../../support/redis.ts'

describe.each(VERSIONS)('what the server (%s) says is understood:', (version) => {
  const redis = useRedis({ version })
  let open: RedisPool | undefined
  const pool = () => {
    open ??= connectTo(redis.server)
    return open
  }
  afterAll(() => open?.close())

  const errorOf = (command: Command, on = pool()) =>
    on.send(command).then(
      () => undefined,
      (error: unknown) => (error instanceof AppError ? error : undefined),
    )
  const codeOf = async (command: Command) => (await errorOf(command))?.code

  it.each([
    [['FT.INFO', 'none']],
    [['FT.SEARCH', 'none', '*']],
    [['FT.DROPINDEX', 'none']],
    [['FT.ALIASADD', 'alias', 'none']],
  ])('no index, by %j', async (command) => {
    expect(await codeOf(command)).toBe('INDEX_MISSING')
  })

  it('more results than it gives', async () => {
    await pool().send(['FT.CREATE', 'few', 'ON', 'HASH', 'SCHEMA', 'a', 'TAG'])
    const error = await errorOf(['FT.SEARCH', 'few', '*', 'LIMIT', '0', '1000001'])
    expect(error).toMatchObject({
      code: 'REQUEST_INVALID',
      message: expect.stringContaining('MAXSEARCHRESULTS'),
    })
  })

  it('an index or an alias that is there already', async () => {
    const create = ['FT.CREATE', 'idx', 'ON', 'JSON', 'SCHEMA', '$.a', 'AS', 'a', 'TEXT']
    for (const command of [create, ['FT.ALIASADD', 'alias', 'idx']]) {
      expect(isAlreadyExistsError(await errorOf(command))).toBe(false)
      expect(isAlreadyExistsError(await errorOf(command))).toBe(true)
    }
  })

  it.each([
    ['deeper than 127 levels', '['.repeat(128) + ']'.repeat(128)],
    ['with half of a surrogate pair', '{"a":"\\ud800"}'],
    ['with a number beyond a double', '{"a":1e400}'],
    ['that is no JSON', '{"a":'],
    ['that is no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
  ])('a document %s', async (_, document) => {
    expect(await codeOf(['JSON.SET', 'user:1', '$', document])).toBe('RECORD_UNSTORABLE')
  })

  it('a key of another type', async () => {
    await pool().send(['HSET', 'user:hash', 'a', '1'])
    await pool().send(['JSON.SET', 'user:json', '$', '{}'])
    expect(await codeOf(['JSON.SET', 'user:hash', '$', '{}'])).toBe('RECORD_UNSTORABLE')
    for (const command of [['HSET'], ['HMGET']])
      expect(await codeOf([...command, 'user:json', 'a', 'b'])).toBe('RECORD_UNSTORABLE')
  })

  it('out of memory, which is no fault of the record', async () => {
    await pool().send(['CONFIG', 'SET', 'maxmemory', '1mb'])
    try {
      const error = await errorOf(['JSON.SET', 'user:1', '$', '{}'])
      expect(error).toMatchObject({ code: 'REDIS_BUSY', message: 'Redis answered OOM', retry: true })
    } finally {
      await pool().send(['CONFIG', 'SET', 'maxmemory', '0'])
    }
  })

  it('a search that ran out of time, as an error or as a warning', async () => {
    const create = ['FT.CREATE', 'many', 'ON', 'HASH', 'PREFIX', '1', 'many:', 'SCHEMA', 'a', 'TAG']
    await pool().send(create)
    for (const round of [1, 2, 3]) {
      const key = (i: number) => `many:${round}-${i}`
      await Promise.all(Array.from({ length: 9000 }, (_, i) => pool().send(['HSET', key(i), 'a', `${i}`])))
    }
    const search = ['FT.SEARCH', 'many', '-@a:{x}', 'SORTBY', 'a', 'LIMIT', '0', '9000', 'TIMEOUT', '1']
    expect(parseFtSearch(await pool().send(search)).warnings.join()).toMatch(/timeout limit/i)
    await pool().send(['FT.CONFIG', 'SET', 'ON_TIMEOUT', 'FAIL'])
    expect(await errorOf(search)).toMatchObject({ code: 'REDIS_TIMEOUT', status: 504, retry: true })
    await pool().send(['FT.CONFIG', 'SET', 'ON_TIMEOUT', 'RETURN'])
  })

  it('a replica that takes no writes', async () => {
    await pool().send(['REPLICAOF', '127.0.0.1', '1'])
    try {
      expect(await errorOf(['SET', 'a', '1'])).toMatchObject({
        code: 'REDIS_BUSY',
        message: 'Redis answered READONLY',
      })
    } finally {
      await pool().send(['REPLICAOF', 'NO', 'ONE'])
    }
  })

  it('a user without the permission', async () => {
    await pool().send(['ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@connection', '+get'])
    const reader = connectTo({ url: redis.server.url.replace('redis://', 'redis://reader:pw@') })
    try {
      expect(await errorOf(['SET', 'a', '1'], reader)).toMatchObject({ code: 'REDIS_REFUSED' })
      expect(await reader.send(['GET', 'a'])).toBeNull()
    } finally {
      await reader.close()
    }
  })

  it('and what is not understood is no fault of the caller, and quotes none of his values', async () => {
    const error = await errorOf(['FT.SEARCH', 'idx', '@a:(canary', 'DIALECT', '2'])
    expect(error).toMatchObject({ code: 'REDIS_ERROR', status: 500 })
    expect(error?.message).not.toContain('canary')
  })
})
