import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startRedis } from '../../dev/redis/start.ts'
import { connectTo } from '../support/bike-shop.ts'
import { canaryFile, canarySearches } from '../support/canary-data.ts'
import { canary, findLeaks } from '../support/leaks.ts'
import { type RunningStack, run, start } from '../support/stack.ts'

describe('npm start and the commands beside it', () => {
  it('show no password, record, vector or filter, also when Redis is full or dies', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const admin = connectTo(redis)
    await admin.send(['ACL', 'SETUSER', 'shop', 'on', `>${canary.password}`, '~*', '+@all'])
    const url = redis.url.replace('redis://', `redis://shop:${canary.password}@`)
    const stack = await start({ REDIS_URL: url, LOG_LEVEL: 'DEBUG' })
    const file = join(stack.dataDir, 'users.ndjson')
    await writeFile(file, canaryFile)

    const printed = [await run(stack, ['dev/cli/import.ts', file])]
    expect(printed[0]?.stdout).toContain('PARTIAL')
    expect(await statuses(stack)).toEqual(expect.arrayContaining([200, 400, 404]))

    await admin.send(['CONFIG', 'SET', 'maxmemory', '1mb'])
    await writeFile(file, `${canaryFile}\n`)
    const importing = run(stack, ['dev/cli/import.ts', file])
    await expect.poll(stack.output, { timeout: 30_000 }).toContain('Redis answered OOM')
    await admin.send(['CONFIG', 'SET', 'maxmemory', '0'])
    printed.push(await importing)

    await admin.close()
    await redis.kill()
    expect(await statuses(stack)).toContain(503)
    await stack.end('SIGTERM')
    // The reference search stands in what it prints when it is ready.
    const output = stack.output().replace('--vector 0.9,0.7,0.2', '')
    expect(findLeaks(output + JSON.stringify(printed))).toEqual([])
  })

  it('refuses a URL without showing it', async () => {
    const refused = start({ REDIS_URL: `redis://shop:${canary.password}@redis.shop.internal` })
    const error = await refused.catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('REDIS_PLAINTEXT_HOSTS')
    expect(findLeaks(String(error))).toEqual([])
  })
})

async function statuses({ apiUrl }: RunningStack): Promise<number[]> {
  const found: number[] = []
  for (const { body } of canarySearches) {
    if (body === undefined) continue
    const headers = { 'content-type': 'application/json' }
    found.push((await fetch(`${apiUrl}/search`, { method: 'POST', headers, body })).status)
  }
  const query = new URLSearchParams({ labels: canary.tag })
  found.push((await fetch(`${apiUrl}/users/${encodeURIComponent(canary.text)}/similar?${query}`)).status)
  return found
}
