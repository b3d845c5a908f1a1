import { describe, expect, it } from 'vitest'
import { apiTargetOf } from '../../../console/api/api-target.ts'

const page = { page: 'http://127.0.0.1:8080/secret/console/', base: 'http://127.0.0.1:8080/secret' }

describe('the address for a program', () => {
  it('is that of the stage, not that of the page', () => {
    expect(apiTargetOf({ apiUrl: 'https://api.example/', needsProof: true }, page)).toEqual({
      url: 'https://api.example',
      needsProof: true,
    })
  })

  it('is relative to the page under npm start', () => {
    const local = { page: 'http://127.0.0.1:3000/console/#/search', base: 'http://127.0.0.1:3000' }
    expect(apiTargetOf({ apiUrl: '../', needsProof: false }, local)?.url).toBe('http://127.0.0.1:3000')
  })

  it('is that of the API where people sign in', () => {
    const config = { issuer: 'https://id.example', clientId: 'a', scope: 'b' }
    expect(apiTargetOf(config, { page: '', base: 'https://shop.example' })).toEqual({
      url: 'https://shop.example',
      needsProof: true,
    })
  })

  it.each([undefined, null, {}, { apiUrl: 5, needsProof: true }, { apiUrl: 'https://api.example' }])(
    'is not shown for the configuration %j',
    (config) => {
      expect(apiTargetOf(config, page)).toBeUndefined()
    },
  )
})
