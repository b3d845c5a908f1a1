import { readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop, connectTo } from '../support/bike-shop.ts'
import { bundled } from '../support/environment-process.ts'
import { importBucket, startImporter } from '../support/import-environment.ts'
import { mutateFile } from '../support/mutate-file.ts'
import { seeded, testSeed } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'
import { temporaryFolder } from '../support/stack.ts'

const FILES = 20_000
/** Lambda has an environment for each event; this machine has two processors. */
const ENVIRONMENTS = 2
/** The importer may take 15 minutes for a file of 1 GB. These have a few kilobytes. */
const MAX_MS = 30_000

const data = fileURLToPath(new URL('../data/', import.meta.url))
const ORIGINALS = ['formats/', 'parquet/writers/'].flatMap((folder) =>
  readdirSync(data + folder, { recursive: true, encoding: 'utf8' })
    .map((name) => data + folder + name)
    .filter((path) => statSync(path).isFile() && !path.endsWith('.md') && statSync(path).size < 100_000),
)
const ENDS = ['COMPLETED', 'PARTIAL', 'FAILED']
const NAMES = ['a.ndjson', 'a.json', 'a.csv', 'a.parquet', 'a.ndjson.gz', 'a.json.gz', 'part-0', 'a.txt']

describe('an importer with a heap of 460 MB', () => {
  const redis = useRedis()

  it(`ends each of ${FILES} mutated files with a report whose counts add up`, async () => {
    const seed = testSeed('FILE_SEED')
    const admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await admin.close()
    const { nodeOptions: _, ...deployed } = await bundled('import-users', await temporaryFolder())
    const ended = new Map<string, number>()

    async function importFiles(environment: number) {
      const random = seeded(seed + environment)
      const bucket = await importBucket()
      const env = {
        REDIS_URL: redis.urlOf('import-users'),
        INDEX_DEFINITION: JSON.stringify({ vector: bikeShop.vector }),
        LOG_LEVEL: 'ERROR',
        NODE_OPTIONS: '--max-semi-space-size=16 --max-old-space-size=460',
      }
      const { invoke } = await startImporter(bucket.url, env, deployed)
      for (let i = 0; i < FILES / ENVIRONMENTS; i++) {
        const original = readFileSync(random.oneOf(ORIGINALS))
        const file = mutateFile(random, original, readFileSync(random.oneOf(ORIGINALS)))
        const event = await bucket.upload(file, `imports/${environment}/${i}-${random.oneOf(NAMES)}`)
        const { result, error, ms } = await invoke(event)
        const [report] = Array.isArray(result) ? result : []
        const { state, problem, read, written, unchanged, deleted, rejected } = report ?? {}
        const accounted = written + unchanged + deleted + rejected
        const name = `FILE_SEED=${seed + environment}, file ${i}`
        expect([name, error, ms < MAX_MS]).toEqual([name, undefined, true])
        expect([name, ENDS.includes(state), state, read]).toEqual([name, true, state, accounted])
        ended.set(problem?.code ?? state, (ended.get(problem?.code ?? state) ?? 0) + 1)
      }
    }

    await Promise.all(Array.from({ length: ENVIRONMENTS }, (_, i) => importFiles(i)))
    console.log([...ended].map(([end, count]) => `${end}: ${count}`).join(', '))
  }, 3_600_000)
})
