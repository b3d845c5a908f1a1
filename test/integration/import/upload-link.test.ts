import { describe, expect, it } from 'vitest'
import { linkToUpload } from '../../../lib/import/upload-link.ts'
import { objectStore } from '../../../lib/s3/object-store.ts'
import { bikeShopFile } from '../../support/bike-shop.ts'
import { useBucket } from '../../support/bucket.ts'

describe('a link for an upload', () => {
  const s3 = useBucket()
  const deps = () => ({ objects: objectStore(s3.bucket), importPrefix: 'imports/' })
  const code = (path: string) =>
    expect.objectContaining({ code: 'REQUEST_INVALID', problems: [expect.objectContaining({ path })] })

  it('puts a file into the bucket, with the metadata that ask for a dry run', async () => {
    const request = { purpose: 'import', name: 'größe 1+2.ndjson', dryRun: true } as const
    const { key, url, headers } = await linkToUpload(deps(), request)
    const answer = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(bikeShopFile) })
    expect(answer.status).toBe(200)
    const { size, metadata } = await deps().objects.head({ key })
    expect({ size, metadata }).toEqual({ size: bikeShopFile.length, metadata: { 'dry-run': 'true' } })
  })

  it('holds for these metadata only', async () => {
    const { url } = await linkToUpload(deps(), { purpose: 'import', name: 'users.ndjson', dryRun: true })
    const answer = await fetch(url, { method: 'PUT', body: new Uint8Array(bikeShopFile) })
    expect(answer.status).toBe(403)
  })

  it('has a new key each time, in the folder of its purpose', async () => {
    const request = { purpose: 'seeds', name: 'best.csv' } as const
    const keys = [await linkToUpload(deps(), request), await linkToUpload(deps(), request)].map(
      (link) => link.key,
    )
    expect(new Set(keys).size).toBe(2)
    for (const key of keys) expect(key).toMatch(/^audiences\/seeds\/[^/]+\/[^/]+\/best\.csv$/)
  })

  it('refuses what no import would read, and a dry run of seeds', async () => {
    await expect(linkToUpload(deps(), { purpose: 'import', name: '_SUCCESS' })).rejects.toEqual(code('name'))
    const seeds = { purpose: 'seeds', name: 'best.csv', dryRun: true } as const
    await expect(linkToUpload(deps(), seeds)).rejects.toEqual(code('dryRun'))
  })
})
