import { createClient } from '../../client/src/index.ts'
import { importId } from '../../lib/import/import-report.ts'
import { seeded } from './random.ts'
import type { RunningStack } from './stack.ts'

export const SHOP_SIZE = 3_000
export const BEST = 200

/** Customers `c1` to `c3000` as NDJSON. The first 200 are a shop's best: they like road bikes most. */
export function shopFile(): string {
  const random = seeded(19)
  return Array.from({ length: SHOP_SIZE }, (_, i) => {
    const isBest = i < BEST
    const road = isBest ? random.between(0.8, 1) : random.between(0, 1)
    const others = () => Number((isBest ? random.between(0, 0.3) : random.between(0, 1)).toFixed(4))
    return JSON.stringify({
      id: `c${i + 1}`,
      descr: `Customer number ${i + 1}`,
      labels: random.oneOf(['kids', 'road', 'mountain', 'kids, road']),
      vector_embedding: [others(), others(), Number(road.toFixed(4))],
    })
  }).join('\n')
}

/** Imports the shop's customers into a running stack. */
export async function importShop({ apiUrl, s3Url, bucket }: RunningStack): Promise<void> {
  const key = 'imports/shop.ndjson'
  await fetch(`${s3Url}/${bucket}/${key}`, { method: 'PUT', body: shopFile() })
  const { state } = await createClient({ url: apiUrl }).imports.wait(importId(bucket, key, false))
  if (state !== 'COMPLETED') throw new Error(`Expected the shop to be imported, got ${state}`)
}
