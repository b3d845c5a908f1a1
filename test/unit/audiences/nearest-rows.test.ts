import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import wabt from 'wabt'
import { NEAREST_ROW_WASM } from '../../../lib/audiences/scoring/nearest-row-wasm.ts'
import { nearestRows } from '../../../lib/audiences/scoring/nearest-rows.ts'
import { plainNearest } from '../../../lib/audiences/scoring/plain-nearest.ts'
import { similarityOf } from '../../../lib/audiences/scoring/similarity.ts'
import { rowOf, vectorTable } from '../../../lib/audiences/scoring/vector-table.ts'
import { seeded } from '../../support/random.ts'

describe('the nearest row', () => {
  it('is found by the WebAssembly that nearest-row.wat describes', async () => {
    const source = new URL('../../../lib/audiences/scoring/nearest-row.wat', import.meta.url)
    const assembler = await wabt()
    const assembled = assembler.parseWat('nearest-row.wat', readFileSync(source, 'utf8'), { simd: true })
    expect(Buffer.from(assembled.toBinary({}).buffer).toString('base64')).toBe(NEAREST_ROW_WASM)
  })

  for (const metric of ['COSINE', 'L2', 'IP'] as const) {
    it.each([3, 4, 17])(
      `is that of plain code in doubles, under ${metric}, in %s dimensions`,
      (dimensions) => {
        const random = seeded(dimensions)
        const vectors = (count: number, middle: number) =>
          Array.from({ length: count }, () =>
            Array.from({ length: dimensions }, () => random.between(middle - 0.5, middle + 0.5)),
          )
        const table = vectorTable(vectors(700, 100), dimensions)
        const users = vectors(301, 100)
        const found = nearestRows(metric, table).find(users)
        const plain = plainNearest(metric, table)
        expect(found).toHaveLength(301)
        users.forEach((user, i) => {
          const { row = -1, similarity = -1 } = found[i] ?? {}
          expect(similarity).toBe(similarityOf(metric, user, rowOf(table, row)))
          expect(similarity / plain(user)).toBeCloseTo(1, 5)
        })
      },
    )
  }

  it('is looked for among the rows that are asked for, and is the first of equal ones', () => {
    const table = vectorTable(
      [
        [1, 0],
        [0, 1],
        [0, 1],
        [1, 0],
      ],
      2,
    )
    const rows = nearestRows('COSINE', table)
    expect(rows.find([[0, 2]])).toEqual([{ row: 1, similarity: 1 }])
    expect(rows.find([[3, 0]], 1)).toEqual([{ row: 3, similarity: 1 }])
    expect(rows.find([[3, 0]], 1, 3)).toEqual([{ row: 1, similarity: 0.5 }])
  })

  it.each(['COSINE', 'L2', 'IP'] as const)(
    'is found by plain code among any number of rows, under %s',
    (metric) => {
      const random = seeded(5)
      const vector = () => Array.from({ length: 7 }, () => random.between(-1, 1))
      for (const count of [1, 2, 3, 4, 5, 8, 11]) {
        const table = vectorTable(Array.from({ length: count }, vector), 7)
        const user = vector()
        const similarities = Array.from({ length: count }, (_, row) =>
          similarityOf(metric, user, rowOf(table, row)),
        )
        expect(plainNearest(metric, table)(user)).toBeCloseTo(Math.max(...similarities), 12)
      }
      expect(plainNearest(metric, vectorTable([], 7))(vector())).toBe(Number.NEGATIVE_INFINITY)
    },
  )
})
