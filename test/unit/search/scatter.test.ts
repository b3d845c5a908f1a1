import { describe, expect, it } from 'vitest'
import { scatterOf, scatterWarning } from '../../../lib/search/scatter.ts'
import { seeded } from '../../support/random.ts'
import { nearestReaders, readers } from '../../support/readers.ts'

const vectorOf = (id: string) => readers[Number(id)]?.vector ?? new Float32Array()

describe('a group of real readers', () => {
  it.each([5, 10, 50])('of one taste, %s neighbours, is no reason for a warning', (count) => {
    for (const start of [3, 500, 1_500]) {
      const group = nearestReaders(vectorOf(String(start)), count).map(vectorOf)
      expect(scatterWarning(group, 'COSINE')).toBeUndefined()
    }
  })

  it.each([10, 50])('of no taste, %s at random, is', (count) => {
    const random = seeded(count)
    const group = Array.from({ length: count }, () => random.oneOf(readers).vector)
    expect(scatterWarning(group, 'COSINE')).toMatch(/little in common|several kinds/)
  })

  it('is not judged under L2, where a direction means nothing, nor for one seed', () => {
    expect(
      scatterWarning(
        [
          [1, 0],
          [0, 1],
        ],
        'L2',
      ),
    ).toBeUndefined()
    expect(scatterWarning([[1, 0]], 'COSINE')).toBeUndefined()
    expect(
      scatterWarning(
        [
          [1, 0],
          [0, 1],
        ],
        'COSINE',
      ),
    ).toMatch(/little in common/)
  })

  it('has a scatter from 0 to 1', () => {
    expect(scatterOf({ count: 2, dimensions: 2, data: [1, 0, 2, 0] })).toBe(0)
    expect(scatterOf({ count: 2, dimensions: 2, data: [1, 0, -1, 0] })).toBe(1)
    expect(scatterOf({ count: 1, dimensions: 2, data: [1, 0] })).toBeNull()
  })
})
