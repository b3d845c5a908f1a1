import { describe, expect, it } from 'vitest'
import { seeded } from '../../support/random.ts'
import { useRedis } from '../../support/redis.ts'
import { compareTags, randomTags } from '../../support/unicode-tags.ts'

describe('2,000 values of a filter', () => {
  const server = useRedis()

  it('find who has the same tag, up to ASCII case and blanks around it, and nobody else', async () => {
    // The same ones each time: test/faults/filter-values tries others.
    expect(await compareTags(server, randomTags(seeded(1), 2_000))).toEqual([])
  })
})
