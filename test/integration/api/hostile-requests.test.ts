import { beforeAll, describe, expect, it, vi } from 'vitest'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { bikeShop, storeBikeShop } from '../../support/bike-shop.ts'
import { hostileSearches } from '../../support/hostile-requests.ts'
import { httpEvent } from '../../support/http-event.ts'
import { useRedis } from '../../support/redis.ts'

const context = { getRemainingTimeInMillis: () => 15_000 }

describe('a request that is made to cost much', () => {
  const redis = useRedis()
  beforeAll(async () => {
    await provisionIndex({ redis: redis.pool(), definition: bikeShop })
    await storeBikeShop(redis.pool())
    vi.stubEnv('REDIS_URL', redis.urlOf('search-users'))
  })

  it.each(Object.entries(hostileSearches(900_000)))(
    'with %s gets a short answer that says what is wrong',
    async (_, body) => {
      const { handler } = await import('../../../functions/search-users.ts')
      const {
        statusCode,
        headers,
        body: answer = '',
      } = await handler(httpEvent('POST /search', { body }), context)
      expect(statusCode).toBe(400)
      expect(headers).toMatchObject({ 'content-type': 'application/problem+json' })
      expect(answer.length).toBeLessThan(10_000)
      expect(JSON.parse(answer)).toMatchObject({
        code: expect.stringMatching(/^(REQUEST|FILTER|VECTOR|FIELD|BODY)_/),
      })
    },
  )

  it.each(['"a",'.repeat(50_000), ' '.repeat(100_000), `W/"${'a'.repeat(100_000)}`])(
    'with a header of 100,000 characters or more is refused (%#)',
    async (header) => {
      vi.stubEnv('REDIS_URL', redis.urlOf('users'))
      const { handler } = await import('../../../functions/users.ts')
      const event = httpEvent('GET /users/{id}', {
        pathParameters: { id: '1' },
        headers: { 'if-none-match': header },
      })
      expect(await handler(event, context)).toMatchObject({ statusCode: 400 })
    },
  )
})
