import { describe, expect, it } from 'vitest'
import { isSearchedWhole, nearestWholeRadii } from '../../../lib/fields/geo-circle.ts'

describe('a circle that RediSearch searches whole', () => {
  it.each([
    [13.4, 52.5, 10, true],
    [13.4, 52.5, 1000, true],
    [-180, 0, 1000, true],
    [179.9, -70, 300, true],
    // RediSearch missed places up to 125 km within circles like these.
    [0, 84, 900, false],
    [-12.03, 82.01, 500.6, false],
  ])('at longitude %s, latitude %s with %s km: %s', (lon, lat, km, isWhole) => {
    expect(isSearchedWhole({ lon, lat, km })).toBe(isWhole)
  })

  it('has a radius near to the one that was asked for', () => {
    const circle = { lon: 0, lat: 84, km: 900 }
    const { below = 0 } = nearestWholeRadii(circle, 1000)
    expect(below).toBeGreaterThan(20)
    expect(isSearchedWhole({ ...circle, km: below })).toBe(true)
    expect(isSearchedWhole({ ...circle, km: below + 1 })).toBe(false)
  })
})
