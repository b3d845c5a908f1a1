import { describe, expect, it } from 'vitest'
import { pacer } from '../../../lib/audiences/pacer.ts'
import { readExclusions } from '../../../lib/audiences/read-exclusions.ts'
import { useAudiences } from '../../support/audiences.ts'
import { bikeShop, store } from '../../support/bike-shop.ts'

const audiences = useAudiences()

/** Reads the exclusions as a build does. */
async function read(exclude: string[]) {
  const { manage } = await audiences.setUp()
  let signs = 0
  const exclusions = await manage.redis.lease((connection) => {
    const signOfLife = async () => void signs++
    const deps = { connection, definition: bikeShop, objects: manage.objects, pace: pacer(1), signOfLife }
    return readExclusions(deps, exclude)
  })
  return { ...exclusions, signs }
}

describe('exclusions', () => {
  it('are stored users with and without the apostrophe of a CSV', async () => {
    const user = { user: 'ann', labels: 'kids', vector_embedding: [1, 0, 0] }
    await store(audiences.redis, { "user:'@ann": user, 'user:=bob': user })
    const { ids, problems, warnings } = await read(["'@ann", "'=bob", "'+none"])
    expect(ids).toEqual(["'@ann", '@ann', "'=bob", '=bob', "'+none", '+none'])
    expect(problems).toMatchObject([{ list: 'exclude', id: '+none', code: 'USER_NOT_FOUND' }])
    expect(warnings).toEqual([expect.stringContaining('1 of 3 exclusions')])
  })

  it('show that the job is alive, however many there are', async () => {
    const { signs } = await read(Array.from({ length: 4_001 }, (_, i) => `none-${i}`))
    expect(signs).toBe(3)
  })
})
