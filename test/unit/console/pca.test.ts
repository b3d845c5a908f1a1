import { describe, expect, it } from 'vitest'
import { project } from '../../../console/charts/pca.ts'
import { comparable, numbersOf, valueAt } from '../../../console/search/map-vectors.ts'

describe('a map of vectors', () => {
  it('keeps the distances of points that are in a plane', () => {
    const plane = [
      [0, 0],
      [4, 0],
      [4, 1],
      [0, 1],
      [2, 3],
    ] as const
    // The plane is turned within 5 dimensions.
    const vectors = plane.map(([x, y]) => [0.6 * x, 0.8 * x, 7, 0.6 * y, 0.8 * y])
    const { points, share } = project(vectors)
    expect(share).toBeCloseTo(1, 9)
    const distance = ([ax, ay]: readonly number[], [bx, by]: readonly number[]) =>
      Math.hypot((ax ?? 0) - (bx ?? 0), (ay ?? 0) - (by ?? 0))
    for (const [i, a] of plane.entries()) {
      for (const [j, b] of plane.entries()) {
        expect(distance(points[i] ?? [], points[j] ?? [])).toBeCloseTo(distance(a, b), 6)
      }
    }
  })

  it('is the same each time, and says how much it does not show', () => {
    const vectors = Array.from({ length: 40 }, (_, i) =>
      Array.from({ length: 8 }, (_, j) => Math.sin((i + 1) * (j + 1) * 1.7)),
    )
    const map = project(vectors)
    expect(project(vectors)).toEqual(map)
    expect(map.share).toBeGreaterThan(0.25)
    expect(map.share).toBeLessThan(1)
  })

  it.each([
    ['no vector', [], []],
    ['one vector', [[1, 2, 3]], [[0, 0]]],
    [
      'equal vectors',
      [
        [1, 2],
        [1, 2],
      ],
      [
        [0, 0],
        [0, 0],
      ],
    ],
  ])('of %s is no fault', (_, vectors, points) => {
    expect(project(vectors)).toEqual({ points, share: 1 })
  })
})

describe('a vector of the API', () => {
  it('is read from numbers and from base64 alike', () => {
    const bytes = Buffer.from(new Float32Array([0.5, -2]).buffer).toString('base64')
    expect(numbersOf(bytes)).toEqual([0.5, -2])
    expect(numbersOf([0.5, -2])).toEqual([0.5, -2])
    expect(numbersOf('not base64!')).toBeUndefined()
    expect(numbersOf(null)).toBeUndefined()
  })

  it('counts by its direction under COSINE alone', () => {
    expect(comparable([3, 4], 'COSINE')).toEqual([0.6, 0.8])
    expect(comparable([3, 4], 'L2')).toEqual([3, 4])
    expect(comparable([0, 0], 'COSINE')).toEqual([0, 0])
  })

  it('is found at the path of the definition', () => {
    expect(valueAt({ profile: { vector: [1] } }, '$.profile.vector')).toEqual([1])
    expect(valueAt({ profile: null }, '$.profile.vector')).toBeUndefined()
  })
})
