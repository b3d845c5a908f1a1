import { expect, it } from 'vitest'
import { sampleSize } from '../../../lib/users/show-sample.ts'

it.each([
  [3, 200],
  [3_072, 200],
  [4_900, 153],
  [32_768, 22],
])('the sample of users with %d dimensions has %d', (dimensions, size) => {
  expect(sampleSize(dimensions)).toBe(size)
  expect(size * Math.ceil((dimensions * 16) / 3)).toBeLessThan(5 * 1024 * 1024)
})
