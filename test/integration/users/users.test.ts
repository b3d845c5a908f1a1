import { beforeEach, describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import type { Command, RedisPool } from '../../../lib/redis/redis.ts'
import type { Conditions } from '../../../lib/users/conditions.ts'
import { deleteUser, putUser, showUser } from '../../../lib/users/manage-users.ts'
import { connectTo } from '../../support/bike-shop.ts'
import { useRedis } from '../../support/redis.ts'
import { rerouted } from '../../support/refusing-pool.ts'
import { writeUsers } from '../../support/write-users.ts'

const anna = '{"id":"1","crm":9007199254740993,"labels":["road","kids"],"vector_embedding":[0.2,0.1,0.9]}'
const code = (name: string) => expect.objectContaining({ code: name })

describe.each(['json', 'hash'] as const)('a user in storage %s', (storage) => {
  const definition = defineIndex(INDEX_DEFINITION, { storage })
  const server = useRedis({ definition })
  const deps = (redis: RedisPool = server.pool('users')) => ({ redis, definition })
  beforeEach(async () => {
    await server.pool().send(['FLUSHALL'])
    await provisionIndex(deps(server.pool('provision-index')))
  })

  const put = (record: string, conditions?: Conditions, id = '1') =>
    putUser(deps(), id, Buffer.from(record), conditions)
  const show = (id = '1') => showUser(deps(), id)
  const text = async (id = '1') => JSON.stringify((await show(id)).document)

  it('is written, found by the index, and shown as it came', async () => {
    const { version, ...rest } = await put(anna)
    expect(rest).toEqual({ id: '1', change: 'created', searchable: true, warnings: [] })
    expect(await show()).toMatchObject({ id: '1', version })
    expect(JSON.parse(await text())).toEqual(JSON.parse(anna))
    expect(await text()).toContain('9007199254740993')
  })

  it.each(['a/b', 'ü 1', '50%', '*', '?[a]', '"quoted"'])('may be called %s', async (id) => {
    await put('{"vector_embedding":[1,0,0]}', {}, id)
    expect(await show(id)).toMatchObject({ id, document: { vector_embedding: [1, 0, 0] } })
    await deleteUser(deps(), id)
    await expect(show(id)).rejects.toThrow(code('USER_NOT_FOUND'))
  })

  it('is replaced as a whole, and has another version then', async () => {
    const first = await put(anna)
    const second = await put('{"id":1,"vector_embedding":[1,0,0]}')
    expect(second).toMatchObject({ change: 'replaced', searchable: true })
    expect(second.version).not.toBe(first.version)
    expect(await show()).toMatchObject({ version: second.version, document: { id: 1 } })
    expect((await show()).document).not.toHaveProperty('labels')
  })

  it('who is stored like this already is not written again', async () => {
    const record = '{"id":"1","labels":"road","vector_embedding":[0.2,0.1,0.9]}'
    const { version } = await put(record)
    expect(await put(record)).toMatchObject({ id: '1', version, change: 'unchanged', searchable: true })
  })

  it('is written with a warning of words that no filter finds', async () => {
    const { warnings } = await put('{"descr":"road\\nbikes","vector_embedding":[1,0,0]}')
    expect(warnings).toEqual([expect.stringMatching(/^descr has words joined by a line break/)])
  })

  it.each([
    ['{"id":"2","vector_embedding":[1,0,0]}', 'ID_INVALID', 'id'],
    ['{"id":"1","vector_embedding":[1,0]}', 'VECTOR_DIMENSIONS', 'vector_embedding'],
    ['{"id":"1","labels":7,"vector_embedding":[1,0,0]}', 'FIELD_TYPE', 'labels'],
    ['{"id":"1","deleted":true}', 'REQUEST_INVALID', 'deleted'],
    ['[]', 'RECORD_NOT_OBJECT', ''],
    ['{', 'RECORD_NOT_JSON', ''],
  ])('is not written with %s, and the older one stays', async (record, name, path) => {
    const { version } = await put(anna)
    await expect(put(record)).rejects.toThrow(
      expect.objectContaining({ code: name, problems: [expect.objectContaining({ path })] }),
    )
    expect((await show()).version).toBe(version)
  })

  it('is written only at the version that is asked for', async () => {
    await expect(put(anna, { match: '*' })).rejects.toThrow(code('PRECONDITION_FAILED'))
    const { version } = await put(anna, { noneMatch: '*' })
    await expect(put(anna, { noneMatch: '*' })).rejects.toThrow(code('PRECONDITION_FAILED'))
    const later = await put('{"vector_embedding":[1,0,0]}', { match: [version] })
    await expect(put(anna, { match: [version] })).rejects.toThrow(code('PRECONDITION_FAILED'))
    await expect(deleteUser(deps(), '1', { match: [version] })).rejects.toThrow(code('PRECONDITION_FAILED'))
    expect((await show()).version).toBe(later.version)
    await deleteUser(deps(), '1', { match: [later.version] })
    await expect(deleteUser(deps(), '1')).rejects.toThrow(code('USER_NOT_FOUND'))
  })

  it('has another version when an import or somebody else wrote, and the old one when that was undone', async () => {
    const { version } = await put(anna)
    await writeUsers(server.pool('import-users'), definition, ['{"id":"1","vector_embedding":[1,0,0]}'])
    const imported = (await show()).version
    expect(imported).not.toBe(version)
    const byHand: Record<typeof storage, Command> = {
      json: ['JSON.SET', 'user:1', '$.labels', '"x"'],
      hash: ['HSET', 'user:1', 'labels', 'x'],
    }
    await server.pool().send(byHand[storage])
    expect(new Set([version, imported, (await show()).version]).size).toBe(3)
    expect((await put(anna)).version).toBe(version)
  })

  it('keeps what each of many writers at once has added', async () => {
    await put('{"vector_embedding":[1,0,0],"count":0}')
    const pools = Array.from({ length: 4 }, () => connectTo({ url: server.urlOf('users') }))
    const addOne = async (redis: RedisPool): Promise<void> => {
      const { version, document } = await showUser(deps(redis), '1')
      const record = Buffer.from(JSON.stringify({ ...document, count: Number(document.count) + 1 }))
      try {
        await putUser(deps(redis), '1', record, { match: [version] })
      } catch (error) {
        expect(error).toEqual(code('PRECONDITION_FAILED'))
        await addOne(redis)
      }
    }
    await Promise.all(pools.flatMap((pool) => Array.from({ length: 5 }, () => addOne(pool))))
    await Promise.all(pools.map((pool) => pool.close()))
    expect((await show()).document.count).toBe(20)
  })

  it('whom somebody deletes between the look and the write is new, or is refused', async () => {
    const later = Buffer.from('{"vector_embedding":[1,0,0]}')
    const putWhileDeleted = (conditions: Conditions) =>
      putUser(deps(deletesFirst(server.pool('users'), server.pool())), '1', later, conditions)
    const { version } = await put(anna)
    await expect(putWhileDeleted({ match: [version] })).rejects.toThrow(code('PRECONDITION_FAILED'))
    await expect(show()).rejects.toThrow(code('USER_NOT_FOUND'))
    await put(anna)
    expect(await putWhileDeleted({})).toMatchObject({ change: 'created', searchable: true })
  })

  it('is not written while there is no index, but can be deleted', async () => {
    await put(anna)
    await server.pool().send(['FT.DROPINDEX', definition.name])
    await expect(put('{"vector_embedding":[1,0,0]}')).rejects.toThrow(code('INDEX_MISSING'))
    await deleteUser(deps(), '1')
    await expect(show()).rejects.toThrow(code('USER_NOT_FOUND'))
  })

  it('is not written over a key of another type', async () => {
    await server.pool().send(['SET', 'user:1', 'x'])
    await expect(show()).rejects.toThrow(code('USER_NOT_FOUND'))
    await expect(put(anna)).rejects.toThrow(code('RECORD_UNSTORABLE'))
    expect(await server.pool().send(['GET', 'user:1'])).toBe('x')
  })
})

/** The same pool; before the first EXEC of a lease, somebody else deletes user 1. */
function deletesFirst(pool: RedisPool, other: RedisPool): RedisPool {
  let isDone = false
  return rerouted(pool, (pipeline) => async (commands, options) => {
    if (!isDone && commands.at(-1)?.[0] === 'EXEC') {
      isDone = true
      await other.send(['DEL', 'user:1'])
    }
    return pipeline(commands, options)
  })
}
