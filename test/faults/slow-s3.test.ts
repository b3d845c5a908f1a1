import { beforeAll, describe, expect, it } from 'vitest'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop, connectTo } from '../support/bike-shop.ts'
import { startImport } from '../support/import-environment.ts'
import { useRedis } from '../support/redis.ts'
import { proxyTo } from '../support/search-environment.ts'
import type { ToxicProxy } from '../support/toxic-proxy.ts'

const USERS = 4_000

const links: Record<string, (proxy: ToxicProxy) => Promise<unknown>> = {
  'a slow but healthy link, 1 MB/s': (proxy) => proxy.toxic('bandwidth', { rate: 1_000 }),
  'latency of 50 ± 20 ms': (proxy) => proxy.toxic('latency', { latency: 50, jitter: 20 }),
  slicer: (proxy) => proxy.toxic('slicer', { average_size: 2_000, size_variation: 1_000, delay: 100 }),
  'limit_data of 2 MB a connection': (proxy) =>
    proxy.toxic('limit_data', { bytes: 2_000_000 }, { stream: 'downstream' }),
}

describe('an import of 5 MB', () => {
  const redis = useRedis()
  beforeAll(async () => {
    const admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
    await admin.close()
  })

  it.each(Object.entries(links))('from S3 over %s is complete without an error', async (name, switchOn) => {
    let s3: ToxicProxy | undefined
    const { invoke, upload } = await startImport({ REDIS_URL: redis.urlOf('import-users') }, async (url) => {
      const link = await proxyTo({ url })
      s3 = link.proxy
      return link.url
    })
    const event = await upload(users(name))
    if (s3 !== undefined) await switchOn(s3)
    const { result, error } = await invoke(event)
    expect(error).toBeUndefined()
    expect(result).toEqual([
      expect.objectContaining({ state: 'COMPLETED', read: USERS, written: USERS, searchable: USERS }),
    ])
  })
})

function users(label: string): string {
  const descr = 'likes long rides. '.repeat(64)
  const lines = Array.from({ length: USERS }, (_, i) =>
    JSON.stringify({ id: `${label} ${i}`, labels: 'kids', descr, vector_embedding: [1, i + 1, 0.5] }),
  )
  return `${lines.join('\n')}\n`
}
