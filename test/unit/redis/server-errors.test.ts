import { connect } from 'node:net'
import { ClientClosedError, SimpleError, SocketClosedUnexpectedlyError } from 'redis'
import { describe, expect, it } from 'vitest'
import { toRedisError } from '../../../lib/redis/server-errors.ts'

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

  it.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID'])(
    'is said to be the certificate where it is: %s',
    (code) => {
      const thrown = Object.assign(new Error('of redis.shop.internal'), { code })
      const message = `Expected a certificate of Redis that is trusted through REDIS_TLS_CA and REDIS_TLS_SERVERNAME, got ${code}`
      expect(toRedisError(thrown)).toMatchObject({ code: 'REDIS_UNAVAILABLE', message })
    },
  )

  it.each([
    new TypeError('"arguments[0]" must be of type "string | Buffer"'),
    thrownBy(() => connect({ port: 70_000 })),
    thrownBy(() => JSON.parse('{')),
  ])('is INTERNAL when it is a mistake of ours: %s', (thrown) => {
    expect(toRedisError(thrown)).toMatchObject({ code: 'INTERNAL', cause: thrown })
  })

  it.each([
    ["ERR unknown command 'FT.INFO', with args beginning with: 'idx'", 'MODULE_MISSING'],
    ["ERR Command is not available: 'FT.INFO'. See https://upstash.com/docs", 'MODULE_MISSING'],
    ['ERR Unknown Redis command called from script script: 1, on @user_script:1.', 'MODULE_MISSING'],
    ["ERR unknown command 'FOO'", 'REDIS_ERROR'],
    ['ERR ACL failure in script: User gateway has no permissions', 'REDIS_REFUSED'],
    ['Unauthorized', 'REDIS_REFUSED'],
    ['Connection is closed.', 'REDIS_UNAVAILABLE'],
  ])('%s is %s', (text, code) => {
    expect(toRedisError(new SimpleError(text))).toMatchObject({ code })
  })

  it('is what the server means when it is a refusal', () => {
    expect(toRedisError(new SimpleError('LOADING Redis is loading'))).toMatchObject({ code: 'REDIS_BUSY' })
  })
})
