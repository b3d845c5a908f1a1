import { describe, expect, it } from 'vitest'
import {
  challengeOf,
  codeIn,
  isSignInConfig,
  randomText,
  signInUrl,
} from '../../../console/auth/sign-in-request.ts'

const config = { issuer: 'https://id.example.com/pool', clientId: 'console', scope: 'openid' }
const pending = {
  state: 'abc',
  verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  hash: '#/search?user=1',
}

describe('a sign-in', () => {
  it('proves its code as in the example of RFC 7636', async () => {
    expect(await challengeOf(pending.verifier)).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })

  it('asks the issuer for a code, and keeps the verifier', async () => {
    const url = new URL(
      await signInUrl('https://id.example.com/login?a=b', config, pending, 'https://shop.example.com/'),
    )
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      a: 'b',
      client_id: 'console',
      redirect_uri: 'https://shop.example.com/',
      code_challenge_method: 'S256',
    })
    expect(url.href).not.toContain(pending.verifier)
  })

  it('takes only the answer to its own question', () => {
    expect(codeIn('?code=1&state=abc', pending)).toBe('1')
    expect(codeIn('?code=1&state=other', pending)).toBeUndefined()
    expect(codeIn('?code=1&state=abc', undefined)).toBeUndefined()
    expect(codeIn('?error=access_denied&state=abc', pending)).toBeUndefined()
  })

  it('uses texts that no one can guess', () => {
    expect(randomText()).toMatch(/^[\w-]{43}$/)
    expect(randomText()).not.toBe(randomText())
  })

  it('needs a whole configuration', () => {
    expect(isSignInConfig(config)).toBe(true)
    for (const broken of [null, 'x', {}, { ...config, scope: 1 }]) expect(isSignInConfig(broken)).toBe(false)
  })
})
