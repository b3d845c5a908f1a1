import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RedisServer } from '../../../dev/redis/start.ts'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { readIndex } from '../../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { User } from '../../../lib/storage/storage.ts'
import { storageOf } from '../../../lib/storage/storage-of.ts'
import { createRecordCheck, userKey } from '../../../lib/users/user-record.ts'
import { startImporter } from './importer.ts'
import { pipe, writeCommands } from './redis-pipe.ts'
import { loadWithRedisvl } from './redisvl.ts'

export interface LoadOptions {
  /** For all that is written on the way. */
  folder: string
  lines: readonly string[]
  /** Laid over the definition. */
  definition: object
}

export type ImportLoads = Awaited<ReturnType<typeof importLoads>>

/** The ways to bring the same users into an empty Redis with an index. Each checks what it did, and gives its milliseconds. */
export async function importLoads(redis: RedisServer, options: LoadOptions) {
  const { folder, lines } = options
  const override = { ...options.definition }
  const definition = defineIndex(INDEX_DEFINITION, override)
  const storage = storageOf(definition)
  const body = Buffer.from(lines.join(''))
  const users = usersOf(lines, definition)
  const admin = connectRedis({ source: { from: 'environment', url: redis.url } })
  const importer = await startImporter({ redisUrl: redis.url, folder, override })
  const commandsFile = join(folder, 'commands.resp')
  const commands = await writeCommands(
    commandsFile,
    users.flatMap((user) => storage.writeArgs(userKey(definition, user.id), user)),
  )
  const linesFile = join(folder, 'users.ndjson')
  await writeFile(linesFile, body)

  async function empty(): Promise<void> {
    await admin.send(['FLUSHALL'])
    await provisionIndex({ redis: admin, definition })
    await admin.send(['CONFIG', 'RESETSTAT'])
  }

  async function searchable(): Promise<number> {
    const reply = await admin.send(['FT.SEARCH', definition.name, '*', 'LIMIT', '0', '0', 'DIALECT', '2'])
    const isMap = typeof reply === 'object' && reply !== null && 'total_results' in reply
    return isMap ? Number(reply.total_results) : Number.NaN
  }

  /** A hundred users, spread over the file, are stored as the file has them. */
  async function checkStored(): Promise<void> {
    expectEqual('searchable users', await searchable(), lines.length)
    const step = Math.ceil(users.length / 100)
    for (const user of users.filter((_, i) => i % step === 0)) {
      const keys = [userKey(definition, user.id)]
      const [args = []] = storage.readArgs(keys)
      const outcomes = [{ reply: await admin.send(args, storage.readOptions) }]
      expectEqual(
        `user ${user.id} stored as it came`,
        storage.parseRead(keys, outcomes)[0]?.equals(user),
        true,
      )
    }
  }

  async function info(name: string): Promise<number> {
    const text = String(await admin.send(['INFO']))
    return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1])
  }

  /** V8 needs a while until it has compiled what it is going to, and throws that away in the pauses between two runs. */
  async function warmUp(): Promise<void> {
    await empty()
    await importer.invoke(Buffer.from(lines.slice(0, 5_000).join('')))
  }

  return {
    /**
     * The measurement of recall is no part of `ms`: no other loader measures. `processorMs` is of the importer's process,
     * and varies less than `ms` on a busy machine.
     */
    async import(): Promise<{ ms: number; measuringMs: number; processorMs: number }> {
      await warmUp()
      await empty()
      const before = await importer.processorMs()
      const { report, ms } = await importer.invoke(body)
      const processorMs = (await importer.processorMs()) - before
      expectEqual('state', report.state, 'COMPLETED')
      expectEqual('written', report.written, lines.length)
      expectEqual('found by the read-back', report.searchable, lines.length)
      await checkStored()
      const { recall } = await readIndex({ redis: admin, definition })
      const measuringMs = recall?.tookMs ?? 0
      return { ms: ms - measuringMs, measuringMs, processorMs }
    },

    async pipe(): Promise<number> {
      await empty()
      const ms = await pipe(redis, commandsFile, commands)
      await checkStored()
      return ms
    },

    /** From the file, as we do from the object; and what its `load` takes of that. */
    async redisvl(): Promise<{ ms: number; loadMs: number }> {
      await empty()
      const times = await loadWithRedisvl({ url: redis.url, file: linesFile, definition })
      await checkStored()
      return times
    },

    /** After `import`: an event of the object as it is. */
    async again(): Promise<number> {
      const before = await info('total_commands_processed')
      const { report, ms } = await importer.invoke(body)
      expectEqual('state', report.state, 'DUPLICATE')
      expectEqual('few commands', (await info('total_commands_processed')) - before < 10, true)
      return ms
    },

    /** After `import`: an object that differs by a byte, with the same users. */
    async changed(): Promise<{ ms: number; processorMs: number }> {
      const before = await importer.processorMs()
      const { report, ms } = await importer.invoke(Buffer.concat([body, Buffer.from('\n')]))
      const processorMs = (await importer.processorMs()) - before
      expectEqual('state', report.state, 'COMPLETED')
      expectEqual('unchanged', report.unchanged, lines.length)
      return { ms, processorMs }
    },

    async end(): Promise<void> {
      await Promise.all([importer.end(), admin.close()])
    },
  }
}

function usersOf(lines: readonly string[], definition: IndexDefinition): User[] {
  const check = createRecordCheck(definition)
  return lines.map((line) => {
    const checked = check(Buffer.from(line.trimEnd()))
    if ('reject' in checked || 'deleted' in checked.record) throw new Error('Expected a user in each line')
    return checked.record
  })
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`Expected ${what} to be ${expected}, got ${actual}`)
}
