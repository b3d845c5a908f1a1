import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { objectCreatedEvent } from '../../../dev/s3/server.ts'
import type { ImportReport } from '../../../lib/import/import-report-schema.ts'
import { bundled, startEnvironmentProcess } from '../../support/environment-process.ts'
import { startBucket } from './bucket.ts'

const BUCKET = 'lookalike'
const KEY = 'imports/users.ndjson'
/** Longer than Lambda's 900 s, so that one invocation imports a large file. */
const TIMEOUT_MS = 6 * 3_600_000
/** Of the times in /proc, on every common Linux. */
const MS_PER_TICK = 10

export type Importer = Awaited<ReturnType<typeof startImporter>>

/** The packaged import function with its memory settings, and an S3 server, each in a process of its own. */
export async function startImporter({
  redisUrl,
  folder,
  override,
}: {
  redisUrl: string
  /** For all that is written on the way. */
  folder: string
  /** Laid over the definition. */
  override: object
}) {
  const s3 = await startBucket(BUCKET, join(folder, 's3'))
  const { nodeOptions, ...deployed } = await bundled('import-users', join(folder, 'function'))
  const environment = startEnvironmentProcess({
    ...deployed,
    env: {
      ...{ REDIS_URL: redisUrl, INDEX_DEFINITION: JSON.stringify(override), LOG_LEVEL: 'WARN' },
      ...{ IMPORT_BUCKET: BUCKET, IMPORT_QUEUE_URL: 'http://127.0.0.1:1/000000000000/imports' },
      ...{ AWS_ENDPOINT_URL_S3: s3.url, AWS_REGION: 'us-east-1' },
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
      NODE_OPTIONS: nodeOptions,
    },
  })
  await environment.warm
  let sequence = 0

  /** Uploads the users, bytes or the path of a file, and lets the handler import them. */
  async function invoke(source: Buffer | string): Promise<{ report: ImportReport; ms: number }> {
    const size = typeof source === 'string' ? (await stat(source)).size : source.length
    const etag = await s3.put(KEY, typeof source === 'string' ? createReadStream(source) : source, size)
    const event = objectCreatedEvent({
      ...{ by: 'Put', bucket: BUCKET, key: KEY, size, etag },
      ...{ sequencer: (++sequence).toString(16).padStart(8, '0'), requestId: 'bench', time: new Date() },
    })
    const { result, error, ms } = await environment.invoke(event, { timeoutMs: TIMEOUT_MS })
    const [report] = Array.isArray(result) ? (result as ImportReport[]) : []
    if (report === undefined) throw new Error(`The import failed: ${error}`)
    return { report, ms }
  }

  return {
    invoke,
    /** The processor's time of the function's process so far, in all threads. Linux only. */
    async processorMs(): Promise<number> {
      const stat = await readFile(`/proc/${environment.pid}/stat`, 'utf8')
      // The name of the program, in brackets, may contain blanks.
      const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14)
      return (Number(user) + Number(system)) * MS_PER_TICK
    },
    /** The most memory that the function's process has had, in MB. Linux only. */
    async mostMemory(): Promise<number> {
      const status = await readFile(`/proc/${environment.pid}/status`, 'utf8')
      return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024)
    },
    end: () => Promise.all([environment.clearAway(), s3.end()]),
  }
}
