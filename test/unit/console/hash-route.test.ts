import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatRoute, parseRoute } from '../../../console/route/hash-route.ts'

describe('an address of the console', () => {
  it.each([
    ['', { path: [], query: {} }],
    ['#/search?user=1&k=10', { path: ['search'], query: { user: '1', k: '10' } }],
    ['#/imports/ab%2Fcd', { path: ['imports', 'ab/cd'], query: {} }],
    ['#/search?user=%E0%A4%A', { path: ['search'], query: { user: '\ufffd%A' } }],
    ['#/imports/%E0%A4%A', { path: ['imports', '%E0%A4%A'], query: {} }],
  ])('%j is read', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route)
  })

  it('leads back to the same place, whatever the values are', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(fc.array(text), fc.dictionary(fc.stringMatching(/^[a-z]+$/), text), (path, query) => {
        expect(parseRoute(formatRoute(path, query))).toEqual({ path, query: { ...query } })
      }),
    )
  })

  it('leaves out what is empty', () => {
    expect(formatRoute(['search'], { user: '1', k: '', filter: undefined })).toBe('#/search?user=1')
  })
})
