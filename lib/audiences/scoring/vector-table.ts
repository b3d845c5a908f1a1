/** Vectors of the same length, one behind the other. */
export interface VectorTable {
  count: number
  dimensions: number
  data: Float32Array
}

export function vectorTable(vectors: readonly ArrayLike<number>[], dimensions: number): VectorTable {
  const data = new Float32Array(vectors.length * dimensions)
  for (const [i, vector] of vectors.entries()) data.set(vector, i * dimensions)
  return { count: vectors.length, dimensions, data }
}

/** A view of one of them. */
export function rowOf({ data, dimensions }: VectorTable, index: number): Float32Array {
  return data.subarray(index * dimensions, (index + 1) * dimensions)
}

/** Some of them, in another order. */
export function selectRows(table: VectorTable, order: readonly number[]): VectorTable {
  return vectorTable(
    order.map((index) => rowOf(table, index)),
    table.dimensions,
  )
}
