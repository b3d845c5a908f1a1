import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { mixQueries } from '../../../lib/recall/mixed-queries.ts'
import { seeded } from '../../support/random.ts'
import { DIMENSIONS, readers } from '../../support/readers.ts'

const USERS = 256
const { oneOf, between } = seeded(1)
const random = () => between(0, 1)
const shapeOf = (dimensions: number) => defineIndex(INDEX_DEFINITION, { vector: { dimensions } })
const sampleOf = (make: (i: number) => Float32Array) =>
  new Map(Array.from({ length: USERS }, (_, i) => [String(i), make(i)]))

describe('queries that mix parts of users', () => {
  it('are made for vectors that join unrelated embeddings', () => {
    const join = () => Float32Array.from(Array.from({ length: 4 }, () => [...oneOf(readers).vector]).flat())
    const queries = mixQueries(shapeOf(4 * DIMENSIONS), sampleOf(join), { count: 10, random })
    expect(queries.map(({ length }) => length)).toEqual(new Array(10).fill(4 * 4 * DIMENSIONS))
  })

  it('are not made for embeddings of one model', () => {
    const sample = sampleOf((i) => readers[i]?.vector ?? new Float32Array(DIMENSIONS))
    expect(mixQueries(shapeOf(DIMENSIONS), sample, { count: 10, random })).toEqual([])
  })

  it('are not made of users that are all alike, or of fewer than four dimensions', () => {
    const alike = sampleOf(() => Float32Array.from({ length: 8 }, () => 1))
    expect(mixQueries(shapeOf(8), alike, { count: 10, random })).toEqual([])
    const small = sampleOf(() => Float32Array.from({ length: 3 }, () => between(-1, 1)))
    expect(mixQueries(shapeOf(3), small, { count: 10, random })).toEqual([])
  })
})
