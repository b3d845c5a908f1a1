import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Role } from '../../../lib/redis/acl.ts'
import type { Command } from '../../../lib/redis/redis.ts'
import { connectTo } from '../../support/bike-shop.ts'
import { useRedis, VERSIONS } from '../../support/redis.ts'
import { root, run } from '../../support/stack-process.ts'

const printAcl = async (...args: string[]) =>
  (await run({ dataDir: root }, ['dev/cli/acl.ts', ...args])).stdout.trim().split('\n')

describe.each(VERSIONS)('what npm run acl prints, on the server %s,', (version) => {
  const redis = useRedis({ version })

  it('makes the users, once their passwords are put in', async () => {
    const hash = createHash('sha256').update('p%40ss').digest('hex')
    for (const line of await printAcl()) {
      const name = line.split(' ')[2]
      await expect(redis.pool().send(line.split(' '))).rejects.toThrow('Redis answered ERR')
      await redis.pool().send(line.replace('PASSWORD_SHA256', hash).split(' '))
      const own = connectTo({ url: redis.server.url.replace('://', `://${name}:p%2540ss@`) })
      expect(await own.send(['PING'])).toBe('PONG')
      await own.close()
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
