import { describe, expect, it } from 'vitest'
import { readLedger } from '../../lib/import/import-ledger.ts'
import { importId } from '../../lib/import/import-report.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { aclUserName } from '../../lib/redis/acl.ts'
import type { Redis } from '../../lib/redis/redis.ts'
import { bikeShop, connectTo } from '../support/bike-shop.ts'
import { importBucket, startImporter } from '../support/import-environment.ts'
import { endState, mixedFile } from '../support/mixed-file.ts'
import { randomFaults } from '../support/moments.ts'
import { useRedis } from '../support/redis.ts'
import { BUCKET, keys } from '../support/s3.ts'
import { startTap } from '../support/tap.ts'

interface SystemFault {
  /** @param busy a connection that may be kept waiting */
  begin(admin: Redis, busy: Redis): Promise<unknown>
  end(admin: Redis): Promise<unknown>
  /** What the invocation may throw. */
  code: RegExp
}

const PASSWORD = 'hunter2'
const importer = aclUserName('import-users')
const killImporter = ['CLIENT', 'KILL', 'USER', importer]

const faults: Record<string, SystemFault> = {
  'is out of memory': {
    begin: (admin) => admin.send(['CONFIG', 'SET', 'maxmemory', '1mb']),
    end: (admin) => admin.send(['CONFIG', 'SET', 'maxmemory', '0']),
    code: /^REDIS_BUSY: /,
  },
  'is a replica by now': {
    begin: (admin) => admin.send(['REPLICAOF', '127.0.0.1', '1']),
    end: (admin) => admin.send(['REPLICAOF', 'NO', 'ONE']),
    code: /^REDIS_BUSY: /,
  },
  'is busy with a script': {
    begin: async (admin, busy) => {
      busy.send(['EVAL', 'while true do end', '0'], { deadline: Date.now() + 60_000 }).catch(() => {})
      await expect.poll(() => admin.send(['PING']).catch(({ code }) => code)).toBe('REDIS_BUSY')
    },
    end: async (admin) => {
      await admin.send(['SCRIPT', 'KILL'])
      await expect.poll(() => admin.send(['PING']).catch(({ code }) => code)).toBe('PONG')
    },
    code: /^REDIS_BUSY: /,
  },
  'is loading its data': {
    begin: async (admin, busy) => {
      // Five seconds of loading at least, however many users there are by then.
      await admin.send(['DEBUG', 'POPULATE', '5000', 'filler'])
      await admin.send(['CONFIG', 'SET', 'key-load-delay', '1000'])
      busy.send(['DEBUG', 'RELOAD'], { deadline: Date.now() + 60_000 }).catch(() => {})
      await expect.poll(() => admin.send(['DBSIZE']).catch(({ code }) => code)).toBe('REDIS_BUSY')
    },
    end: async (admin) => {
      await admin.send(['CONFIG', 'SET', 'key-load-delay', '0'])
      await expect.poll(() => admin.send(['DBSIZE']).catch(({ code }) => code)).toEqual(expect.any(Number))
    },
    code: /^REDIS_(BUSY|TIMEOUT): /,
  },
  'has too many clients': {
    begin: async (admin) => {
      await admin.send(['CONFIG', 'SET', 'maxclients', '1'])
      await admin.send(killImporter)
    },
    end: (admin) => admin.send(['CONFIG', 'SET', 'maxclients', '1000']),
    code: /^REDIS_(BUSY|UNAVAILABLE): /,
  },
  'takes away the permission to write': {
    begin: (admin) => admin.send(['ACL', 'SETUSER', importer, '-json.set']),
    end: async (admin) => {
      await admin.send(['ACL', 'SETUSER', importer, '+json.set'])
      // Where else a refusal fails the tests.
      await admin.send(['ACL', 'LOG', 'RESET'])
    },
    code: /^REDIS_REFUSED: /,
  },
  'has another password': {
    begin: async (admin) => {
      await admin.send(['ACL', 'SETUSER', importer, 'resetpass', '>other'])
      await admin.send(killImporter)
    },
    end: (admin) => admin.send(['ACL', 'SETUSER', importer, 'resetpass', `>${PASSWORD}`]),
    code: /^REDIS_(REFUSED|UNAVAILABLE): /,
  },
}

describe('an import whose Redis', () => {
  const redis = useRedis({
    password: PASSWORD,
    args: [
      '--enable-debug-command',
      'yes',
      '--busy-reply-threshold',
      '100',
      '--loading-process-events-interval-bytes',
      '1024',
    ],
  })
  const file = mixedFile({ rejects: true })

  it.each(Object.entries(faults))(
    '%s puts it down to no record, and ends like a clean run',
    async (_, fault) => {
      const random = randomFaults()
      const [admin, busy] = [connectTo(redis.server), connectTo(redis.server)]
      const tap = await startTap(() => redis.server)
      const { client, url, upload } = await importBucket()
      const event = await upload(file)
      const settings = {
        REDIS_URL: tap.through(redis.urlOf('import-users')),
        LOG_LEVEL: 'INFO',
      }
      const [{ invoke }, another] = await Promise.all([
        startImporter(url, settings),
        startImporter(url, settings),
      ])

      async function reset(): Promise<void> {
        await admin.send(['FLUSHALL'])
        await provisionIndex({ redis: admin, definition: bikeShop })
      }
      const reportOf = async () => (await readLedger(admin, importId(BUCKET, 'imports/users.ndjson'))).report
      const end = async () => {
        const report = await reportOf()
        if (report === undefined) throw new Error('Expected a report in the ledger')
        return endState(admin, client, report)
      }
      const filesOfReports = async () => (await keys(client)).filter((key) => key?.startsWith('reports/'))

      await reset()
      tap.at(Number.POSITIVE_INFINITY, async () => {})
      expect(await invoke(event)).toMatchObject({ result: [{ state: 'PARTIAL' }] })
      const bytes = tap.passed()
      const clean = await end()

      // Not among the last, when there is nothing left to write.
      const moments = [1, random.below(0.9 * bytes), random.below(0.9 * bytes)]
      for (const moment of moments) {
        await reset()
        const before = await filesOfReports()
        tap.at(moment, () => fault.begin(admin, busy))
        const { error } = await invoke(event, { timeoutMs: 20_000 })
        expect(error).toMatch(fault.code)
        await fault.end(admin)
        const { rejected = 0, read = 0 } = (await reportOf()) ?? {}
        expect(rejected).toBe(
          file
            .split('\n')
            .slice(0, read)
            .filter((text) => text.includes('[0,0,0]')).length,
        )
        expect(await filesOfReports()).toEqual(before)

        tap.at(Number.POSITIVE_INFINITY, async () => {})
        expect(await another.invoke(event)).toMatchObject({ result: [{ state: 'PARTIAL' }] })
        expect(await end()).toEqual(clean)
      }
      await admin.close()
    },
  )
})
