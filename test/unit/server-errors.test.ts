import { connect } from 'node:net'
import { ClientClosedError, SimpleError, SocketClosedUnexpectedlyError } from 'redis'
import { describe, expect, it } from 'vitest'
import { toRedisError } from '../../lib/redis/server-errors.ts'

function thrownBy(mistake: () => unknown): unknown {
  try {
    return mistake()
  } catch (error) {
    return error
  }
}

describe('what a Redis client threw', () => {
  it.each([
    new ClientClosedError(),
    new SocketClosedUnexpectedlyError(),
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' }),
  ])('is REDIS_UNAVAILABLE when it is of the connection: %s', (thrown) => {
    expect(toRedisError(thrown)).toMatchObject({ code: 'REDIS_UNAVAILABLE', cause: thrown })
  })

  it.each([
    new TypeError('"arguments[0]" must be of type "string | Buffer"'),
    thrownBy(() => connect({ port: 70_000 })),
    thrownBy(() => JSON.parse('{')),
  ])('is INTERNAL when it is a mistake of ours: %s', (thrown) => {
    expect(toRedisError(thrown)).toMatchObject({ code: 'INTERNAL', cause: thrown })
  })

  it('is what the server means when it is a refusal', () => {
    expect(toRedisError(new SimpleError('LOADING Redis is loading'))).toMatchObject({ code: 'REDIS_BUSY' })
  })
})
