import { HeadObjectCommand } from '@aws-sdk/client-s3'
import type { IndexDefinition } from '../lib/definition.ts'
import { importId } from '../lib/import/import-report.ts'
import { localTarget, type Target } from './cli/target.ts'
import { upload } from './cli/upload.ts'
import { bikeShop } from './demo/bike-shop.ts'
import type { Demo } from './demo/demo.ts'
import { readers } from './demo/readers.ts'
import type { SettledIndex } from './settle-index.ts'
import type { Stack } from './stack.ts'

/** `npm run demo` shows the readers; `npm start` shows the bike shop. */
const demo: Demo = process.env.LOOKALIKE_DEMO === 'readers' ? readers : bikeShop

/** The line that says why there is no demo. It is empty if another text says so, and undefined if there is a demo. */
export function findDemoObstacle(
  { status }: SettledIndex,
  { definition: { vector }, redisUrl }: { definition: IndexDefinition; redisUrl: string | undefined },
): string | undefined {
  if (redisUrl !== undefined) return 'REDIS_URL is set: no demo data is uploaded'
  if (status.state !== 'ready') return ''
  if (vector.dimensions !== demo.dimensions) {
    return `The demo is left out: its vectors have ${demo.dimensions} dimensions, and the definition has ${vector.dimensions}`
  }
  if (vector.path !== demo.path) {
    return `The demo is left out: its vectors are at ${demo.path}, and those of the definition at ${vector.path}`
  }
  return undefined
}

/** Uploads the demo's users. The event and the importer bring them into the index, and a search finds them. */
export async function runDemo(stack: Stack, maxK: number): Promise<void> {
  const target = localTarget(stack)
  await importOnce(target)
  await demo.show(target, maxK)
}

/** Only the first start uploads. By the second start, the users may have changed. */
async function importOnce(target: Target): Promise<void> {
  const { api, bucket } = target
  const { key, file } = demo
  const id = importId(bucket, key)
  const before = await api.imports.find(id)
  if (before !== undefined && before.state !== 'RUNNING') return
  const startedAt = performance.now()
  const etag = (await etagInBucket(target)) ?? (await upload(target, { file, key }))
  const { state, written, problem, rejects } = await api.imports.wait(id, { etag })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${key}: ${state}, ${written.toLocaleString('en-US')} users written in ${seconds} s`)
  if (problem !== null) console.log(`  ${problem.code}: ${problem.message}`)
  if (rejects !== null) console.log(`  the rejects are in ${rejects}`)
}

async function etagInBucket({ openS3, bucket }: Target): Promise<string | undefined> {
  const s3 = await openS3()
  try {
    return (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: demo.key }))).ETag?.replaceAll('"', '')
  } catch {
    return undefined
  }
}
