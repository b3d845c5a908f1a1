import { describe, expect, it } from 'vitest'
import { seeded, testSeed } from '../support/random.ts'
import { useRedis } from '../support/redis.ts'
import { compareTags, randomTags } from '../support/unicode-tags.ts'

describe('100,000 values of a filter', () => {
  const server = useRedis()

  it('find who has the same tag, up to ASCII case and blanks around it, and nobody else', async () => {
    const seed = testSeed('FILTER_SEED')
    expect(await compareTags(server, randomTags(seeded(seed), 100_000))).toEqual([])
  })
})
