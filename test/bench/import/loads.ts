import { hash } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { spawnTied } from '../../../dev/lifeline.mjs'
import { readDeclared } from '../../../dev/local/declared.ts'
import type { RedisServer } from '../../../dev/redis/start.ts'
import { objectCreatedEvent } from '../../../dev/s3/server.ts'
import { defineIndex } from '../../../lib/definition.ts'
import type { ImportReport } from '../../../lib/import/import-report-schema.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { provisionIndex } from '../../../lib/provision-index.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { Command } from '../../../lib/redis/redis.ts'
import { storageOf } from '../../../lib/storage/storage-of.ts'
import { recordCheck, userKey } from '../../../lib/users/user-record.ts'
import { startEnvironmentProcess } from '../../support/environment-process.ts'
import { pipe, writeCommands } from './redis-pipe.ts'
import { loadWithRedisvl } from './redisvl.ts'

const BUCKET = 'lookalike'
const KEY = 'imports/users.ndjson'

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
  const body = Buffer.from(lines.join(''))
  const admin = connectRedis({ source: { from: 'environment', url: redis.url } })
  const s3 = await startS3Process(join(folder, 's3'))
  const importer = startEnvironmentProcess({
    functionName: 'import-users',
    env: {
      ...{ REDIS_URL: redis.url, INDEX_DEFINITION: JSON.stringify(override), LOG_LEVEL: 'WARN' },
      ...{ IMPORT_BUCKET: BUCKET, IMPORT_QUEUE_URL: 'http://127.0.0.1:1/000000000000/imports' },
      ...{ AWS_ENDPOINT_URL_S3: s3.url, AWS_REGION: 'us-east-1' },
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
      NODE_OPTIONS: readDeclared().functions.get('import-users')?.nodeOptions ?? '',
    },
  })
  await importer.warm
  const commandsFile = join(folder, 'commands.resp')
  const commands = await writeCommands(commandsFile, encodeAll())
  const linesFile = join(folder, 'users.ndjson')
  await writeFile(linesFile, body)

  function* encodeAll(): Generator<Command> {
    const check = recordCheck(definition)
    for (const line of lines) {
      const checked = check(Buffer.from(line.trimEnd()))
      if ('reject' in checked || 'deleted' in checked.record) throw new Error('Expected a user in each line')
      yield* storageOf(definition).writeArgs(userKey(definition, checked.record.id), checked.record)
    }
  }

  async function empty(): Promise<void> {
    await admin.send(['FLUSHALL'])
    await provisionIndex({ redis: admin, definition })
    await admin.send(['CONFIG', 'RESETSTAT'])
  }

  let sequence = 0
  /** Uploads the body and lets the handler import it. */
  async function invoke(content: Buffer): Promise<{ report: ImportReport; ms: number }> {
    await s3.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: content }))
    const event = objectCreatedEvent({
      ...{ by: 'Put', bucket: BUCKET, key: KEY, size: content.length, etag: hash('md5', content) },
      ...{ sequencer: (++sequence).toString(16).padStart(8, '0'), requestId: 'bench', time: new Date() },
    })
    const { result, error, ms } = await importer.invoke(event)
    const [report] = Array.isArray(result) ? (result as ImportReport[]) : []
    if (report === undefined) throw new Error(`The import failed: ${error}`)
    return { report, ms }
  }

  async function searchable(): Promise<number> {
    const reply = await admin.send(['FT.SEARCH', definition.name, '*', 'LIMIT', '0', '0', 'DIALECT', '2'])
    const isMap = typeof reply === 'object' && reply !== null && 'total_results' in reply
    return isMap ? Number(reply.total_results) : Number.NaN
  }

  /** A hundred users, spread over the file, are stored as the file has them. */
  async function checkStored(): Promise<void> {
    expectEqual('searchable users', await searchable(), lines.length)
    const check = recordCheck(definition)
    const storage = storageOf(definition)
    for (let i = 0; i < lines.length; i += Math.ceil(lines.length / 100)) {
      const checked = check(Buffer.from((lines[i] ?? '').trimEnd()))
      if ('reject' in checked || 'deleted' in checked.record) throw new Error('Expected a user in each line')
      const { record } = checked
      const keys = [userKey(definition, record.id)]
      const [args = []] = storage.readArgs(keys)
      const outcomes = [{ reply: await admin.send(args, storage.readOptions) }]
      expectEqual(
        `user ${record.id} stored as it came`,
        storage.parseRead(keys, outcomes)[0]?.says(record),
        true,
      )
    }
  }

  async function info(name: string): Promise<number> {
    const text = String(await admin.send(['INFO']))
    return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1])
  }

  await empty()
  // A first import of a few, so that no code is run for the first time when it is timed.
  await invoke(Buffer.from(lines.slice(0, 1_000).join('')))

  return {
    async import(): Promise<number> {
      await empty()
      const { report, ms } = await invoke(body)
      expectEqual('state', report.state, 'COMPLETED')
      expectEqual('written', report.written, lines.length)
      expectEqual('found by the read-back', report.searchable, lines.length)
      await checkStored()
      return ms
    },

    async pipe(): Promise<number> {
      await empty()
      const ms = await pipe(redis, commandsFile, commands)
      await checkStored()
      return ms
    },

    /** The same commands where no index has to be kept: the store alone. */
    async pipeWithoutIndex(): Promise<number> {
      await admin.send(['FLUSHALL'])
      return pipe(redis, commandsFile, commands)
    },

    async redisvl(): Promise<number> {
      await empty()
      const ms = await loadWithRedisvl({ url: redis.url, file: linesFile, definition })
      await checkStored()
      return ms
    },

    /** After `import`: an event of the object as it is. */
    async again(): Promise<number> {
      const before = await info('total_commands_processed')
      const { report, ms } = await invoke(body)
      expectEqual('state', report.state, 'DUPLICATE')
      expectEqual('few commands', (await info('total_commands_processed')) - before < 10, true)
      return ms
    },

    /** After `import`: an object that differs by a byte, with the same users. */
    async changed(): Promise<number> {
      const { report, ms } = await invoke(Buffer.concat([body, Buffer.from('\n')]))
      expectEqual('state', report.state, 'COMPLETED')
      expectEqual('unchanged', report.unchanged, lines.length)
      return ms
    },

    async end(): Promise<void> {
      await Promise.all([importer.clearAway(), s3.end(), admin.close()])
    },
  }
}

/** A bucket on an S3 server in a process of its own. */
async function startS3Process(dataDir: string) {
  const script = fileURLToPath(new URL('s3-process.ts', import.meta.url))
  const { child } = spawnTied([process.execPath, script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (!child.stdout) throw new Error('Expected the output of the S3 server')
  const [line] = await once(child.stdout, 'data')
  const url = String(line).trim()
  const client = new S3Client({
    ...{ endpoint: url, region: 'us-east-1', forcePathStyle: true },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  const end = () => {
    client.destroy()
    child.kill()
  }
  return { url, client, end }
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) throw new Error(`Expected ${what} to be ${expected}, got ${actual}`)
}
