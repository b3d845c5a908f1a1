import { HeadObjectCommand } from '@aws-sdk/client-s3'
import type { IndexDefinition } from '../lib/definition.ts'
import { importId } from '../lib/import/import-report.ts'
import { searchTable } from './cli/search-table.ts'
import { localTarget, type Target } from './cli/target.ts'
import { upload } from './cli/upload.ts'
import type { SettledIndex } from './settle-index.ts'
import type { Stack } from './stack.ts'

const KEY = 'imports/bike-shop.ndjson'
const DEMO = { dimensions: 3, path: '$.vector_embedding' }
const file = new URL('../events/data/users.ndjson', import.meta.url)

/** The line that says why there is no demo, empty where another text says it; undefined when there is one. */
export function whyNoDemo(
  { status }: SettledIndex,
  { definition: { vector }, redisUrl }: { definition: IndexDefinition; redisUrl: string | undefined },
): string | undefined {
  if (redisUrl !== undefined) return 'REDIS_URL is set: no demo data is uploaded'
  if (status.state !== 'ready') return ''
  if (vector.dimensions !== DEMO.dimensions) {
    return `The demo is left out: its vectors have ${DEMO.dimensions} dimensions, and the definition has ${vector.dimensions}`
  }
  if (vector.path !== DEMO.path) {
    return `The demo is left out: its vectors are at ${DEMO.path}, and those of the definition at ${vector.path}`
  }
  return undefined
}

/** Takes the bike shop's four users from a file in the bucket, through event and importer, into the index, and finds them. */
export async function runDemo(stack: Stack, maxK: number): Promise<void> {
  const target = localTarget(stack)
  await importOnce(target)
  const answer = await target.api.search({ vector: [0.9, 0.7, 0.2], k: Math.min(2, maxK) })
  console.log(
    'Who is most like someone with a taste of 0.9 for mountain, 0.7 for kids and 0.2 for road bikes?',
  )
  console.log(searchTable(answer))
}

/** Only a first start uploads: by the second, the users may have been changed. */
async function importOnce(target: Target): Promise<void> {
  const { api, bucket } = target
  const id = importId(bucket, KEY)
  const before = await api.imports.find(id)
  if (before !== undefined && before.state !== 'RUNNING') return
  const etag = (await etagInBucket(target)) ?? (await upload(target, { file, key: KEY }))
  const { state, written, problem, rejects } = await api.imports.wait(id, { etag })
  console.log(`${KEY}: ${state}, ${written} users written`)
  if (problem !== null) console.log(`  ${problem.code}: ${problem.message}`)
  if (rejects !== null) console.log(`  the rejects are in ${rejects}`)
}

async function etagInBucket({ openS3, bucket }: Target): Promise<string | undefined> {
  const s3 = await openS3()
  try {
    return (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: KEY }))).ETag?.replaceAll('"', '')
  } catch {
    return undefined
  }
}
