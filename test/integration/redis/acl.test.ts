import { createHash } from 'node:crypto'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Role } from '../../../lib/redis/acl.ts'
import type { Command } from '../../../lib/redis/redis.ts'
import { connectTo } from '../../support/bike-shop.ts'
import { startWithUsers, useRedis, VERSIONS } from '../../support/redis.ts'
import { root, run } from '../../support/stack-process.ts'

const printAcl = async (...args: string[]) =>
  (await run({ dataDir: root }, ['dev/cli/acl.ts', ...args])).stdout.trim().split('\n')

describe.each(VERSIONS)('what npm run acl prints, on the server %s,', (version) => {
  const redis = useRedis({ version })

  it('makes the users, once their passwords are put in', async () => {
    const hash = createHash('sha256').update('p%40ss').digest('hex')
    for (const line of (await printAcl()).slice(0, -1)) {
      const name = line.split(' ')[2]
      await expect(redis.pool().send(line.split(' '))).rejects.toThrow('Redis answered ERR')
      await redis.pool().send(line.replace('PASSWORD_SHA256', hash).split(' '))
      const own = connectTo({ url: redis.server.url.replace('://', `://${name}:p%2540ss@`) })
      expect(await own.send(['PING'])).toBe('PONG')
      await own.close()
    }
  })
})

it('npm run acl turns off the user that may do everything, once there is another', async () => {
  const { server, urlOf } = await startWithUsers()
  onTestFinished(server.stop)
  const hash = createHash('sha256').update('secret').digest('hex')
  const admin = connectTo(server)
  const searcher = connectTo({ url: urlOf('search-users') })
  onTestFinished(searcher.close)
  const [makeAdmin = '', turnOff = ''] = (await printAcl()).slice(-2)
  // Sent as they are printed, neither of them does anything.
  for (const line of [makeAdmin, turnOff]) await expect(admin.send(line.split(' '))).rejects.toThrow('ERR')
  expect(await admin.send(['PING'])).toBe('PONG')
  for (const line of [makeAdmin, turnOff]) {
    expect(await admin.send(line.replace('PASSWORD_SHA256', hash).split(' '))).toBe('OK')
  }
  await admin.close()
  const stranger = connectTo(server)
  await expect(stranger.send(['PING'])).rejects.toMatchObject({ code: 'REDIS_REFUSED' })
  await stranger.close()
  await expect(searcher.send(['AUTH', 'default', ''])).rejects.toMatchObject({ code: 'REDIS_REFUSED' })
  const own = connectTo({ url: server.url.replace('://', '://lookalike-admin:secret@') })
  expect(await own.send(['FLUSHALL'])).toBe('OK')
  await own.close()
})

describe('what no ACL of Redis 7.4 holds, as docs/security.md says:', () => {
  const redis = useRedis()
  const evil = 'idx:user_prefs:vevil'
  const create = ['FT.CREATE', evil, 'ON', 'HASH', 'PREFIX', '1', 'secret:', 'SCHEMA', 'name', 'TEXT']

  it('provisioning may index keys of others under a name of ours, which searches then read', async () => {
    await redis.pool().send(['HSET', 'secret:1', 'name', 'victim'])
    await expect(redis.pool('provision-index').send(['HGETALL', 'secret:1'])).rejects.toThrow()
    await redis.pool('provision-index').send(create)
    await expect
      .poll(async () => JSON.stringify(await redis.pool('search-users').send(['FT.SEARCH', evil, 'victim'])))
      .toContain('secret:1')
    await redis.pool().send(['ACL', 'LOG', 'RESET'])
  })

  it('provisioning may delete what such an index covers', async () => {
    await redis.pool('provision-index').send(['FT.DROPINDEX', evil, 'DD'])
    expect(await redis.pool().send(['EXISTS', 'secret:1'])).toBe(0)
  })

  it('a searcher, and every other function, may do none of these', async () => {
    const roles: Role[] = ['search-users', 'import-users', 'imports', 'users', 'health']
    for (const role of roles) {
      for (const command of [
        create,
        ['FT.DROPINDEX', evil, 'DD'],
        ['FT.ALIASUPDATE', 'idx:user_prefs', evil],
      ]) {
        const reply = await redis.pool().send(['ACL', 'DRYRUN', `lookalike-${role}`, ...command])
        expect([role, command[0], reply]).toEqual([
          role,
          command[0],
          expect.stringContaining('no permissions'),
        ])
      }
    }
  })
})

it('npm run acl prints with --also what another definition needs as well', async () => {
  const lines = await printAcl('--also', '{"storage":"hash","prefix":"userh:"}')
  const importer = lines.find((line) => line.includes(' lookalike-import-users '))
  expect(importer).toMatch(/ reset .* \+json\.set .*\+hmget .*~user:\* .*~userh:\*/)
})

describe('the user of a function', () => {
  const redis = useRedis()
  const refused = (role: Role, command: Command) =>
    redis
      .pool()
      .send(['ACL', 'DRYRUN', `lookalike-${role}`, ...command])
      .then((reply) => reply !== 'OK')

  it.each<[Role, string]>([
    ['search-users', 'JSON.SET user:1 $ {}'],
    ['search-users', 'DEL user:1'],
    ['search-users', 'JSON.GET order:1 $'],
    ['search-users', 'FT.SEARCH idx:orders *'],
    ['search-users', 'FT.DROPINDEX idx:user_prefs'],
    ['search-users', 'HGETALL lookalike:import:1'],
    ['health', 'FT.SEARCH idx:user_prefs *'],
    ['health', 'JSON.GET user:1 $'],
    ['imports', 'JSON.GET user:1 $'],
    ['imports', 'DEL user:1'],
    ['imports', 'DEL lookalike:index:idx:user_prefs'],
    ['import-users', 'DEL order:1'],
    ['import-users', 'JSON.SET order:1 $ {}'],
    ['import-users', 'FT.DROPINDEX idx:user_prefs DD'],
    ['provision-index', 'DEL user:1'],
    ['provision-index', 'JSON.SET order:1 $ {}'],
    ['check-index', 'HSET lookalike:import:1 report {}'],
    ['check-index', 'DEL user:1'],
  ])('%s may not %s', async (role, command) => {
    expect(await refused(role, command.split(' '))).toBe(true)
  })

  it.each(['FLUSHALL', 'KEYS *', 'CONFIG GET *', 'ACL LIST', 'EVAL return 0', 'SHUTDOWN', 'CLIENT PAUSE 1'])(
    'may not %s, whichever it is',
    async (command) => {
      const roles: Role[] = [
        'search-users',
        'import-users',
        'imports',
        'provision-index',
        'check-index',
        'health',
      ]
      for (const role of roles) expect(await refused(role, command.split(' '))).toBe(true)
    },
  )
})
