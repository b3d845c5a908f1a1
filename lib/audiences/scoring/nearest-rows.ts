import type { DistanceMetric } from '../../vector.ts'
import { NEAREST_ROW_WASM } from './nearest-row-wasm.ts'
import { type Numbers, similarityOf } from './similarity.ts'
import { rowOf, type VectorTable } from './vector-table.ts'

/** The nearest row of a table, and how similar it is. */
export interface Nearest {
  row: number
  similarity: number
}

export interface NearestRows {
  /** For each of the vectors the nearest of the rows `from` to `to`; of equally near ones the first. */
  find(vectors: readonly Numbers[], from?: number, to?: number): Nearest[]
}

type Kernel = (...pointers: [number, number, number, number, number, number, number, number]) => void

const PAGE = 65_536
/** The kernel takes four vectors at once. */
const FOUR = 4
/** So many users and rows are compared before the next rows are fetched from memory: both stay in a processor's cache. */
const USERS_A_BLOCK = 256
const ROWS_A_BLOCK_BYTES = 256 * 1024

/** As much of the global as is used: its types come with those of browsers only. */
interface WebAssemblyGlobal {
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object) => { exports: { memory: Memory; nearest: Kernel } }
}
interface Memory {
  buffer: ArrayBuffer
  grow(pages: number): number
}

const { Module, Instance }: WebAssemblyGlobal = Reflect.get(globalThis, 'WebAssembly')
let compiled: object | undefined

/**
 * Compares vectors with every row of a table: no index, so that no row is missed. WebAssembly multiplies four float32
 * at once: 20 G multiply-adds a second, where plain JavaScript reaches 1.3 (docs/decisions/0021-audiences.md). It
 * chooses the row; the similarity is then computed in doubles.
 *
 * @param order of the rows, in place of a copy in that order: 500,000 of them have 770 MB
 */
export function nearestRows(
  metric: DistanceMetric,
  table: VectorTable,
  order?: readonly number[],
): NearestRows {
  const { dimensions } = table
  const count = order?.length ?? table.count
  const rowAt = (i: number) => rowOf(table, order === undefined ? i : (order[i] ?? 0))
  const stride = Math.ceil(dimensions / FOUR) * FOUR
  const offset = metric === 'L2' ? centreOf(table) : new Float64Array(dimensions)
  const layout = layOut(count, stride)
  compiled ??= new Module(Buffer.from(NEAREST_ROW_WASM, 'base64'))
  const { memory, nearest: kernel } = new Instance(compiled).exports
  memory.grow(Math.ceil(layout.end / PAGE))
  const floats = new Float32Array(memory.buffer)
  const integers = new Int32Array(memory.buffer)
  const put = (vector: Numbers, at: number) => prepare(metric, vector, offset, floats, at)

  for (let i = 0; i < count; i++) {
    const squares = put(rowAt(i), layout.rows / 4 + i * stride)
    // |u − s|² = |u|² − 2(u·s − |s|²/2): the row with the largest u·s − |s|²/2 is the nearest.
    floats[layout.biases / 4 + i] = metric === 'L2' ? -squares / 2 : 0
  }

  function block(vectors: readonly Numbers[], from: number, to: number): void {
    for (const [i, vector] of vectors.entries()) put(vector, layout.users / 4 + i * stride)
    floats.fill(Number.NEGATIVE_INFINITY, layout.best / 4, layout.best / 4 + USERS_A_BLOCK)
    integers.fill(from, layout.index / 4, layout.index / 4 + USERS_A_BLOCK)
    const rowsAtOnce = Math.max(1, Math.floor(ROWS_A_BLOCK_BYTES / (stride * 4)))
    for (let row = from; row < to; row += rowsAtOnce) {
      const end = Math.min(to, row + rowsAtOnce)
      for (let i = 0; i < vectors.length; i += FOUR) {
        kernel(
          ...([layout.users + i * stride * 4, layout.rows + row * stride * 4, layout.biases] as const),
          ...([layout.best + i * 4, layout.index + i * 4, row, end, stride * 4] as const),
        )
      }
    }
  }

  return {
    find(vectors, from = 0, to = count) {
      const found: Nearest[] = []
      for (let start = 0; start < vectors.length; start += USERS_A_BLOCK) {
        const part = vectors.slice(start, start + USERS_A_BLOCK)
        block(part, from, to)
        part.forEach((vector, i) => {
          const row = integers[layout.index / 4 + i] ?? 0
          found.push({ row, similarity: similarityOf(metric, vector, rowAt(row)) })
        })
      }
      return found
    },
  }
}

/** Where everything is in WebAssembly's memory, in bytes. */
function layOut(count: number, stride: number) {
  const best = 0
  const index = best + USERS_A_BLOCK * 4
  const users = index + USERS_A_BLOCK * 4
  const rows = users + USERS_A_BLOCK * stride * 4
  const biases = rows + count * stride * 4
  return { best, index, users, rows, biases, end: biases + count * 4 }
}

/** Writes a vector as the kernel compares it: of length 1 under COSINE, from the middle of the rows under L2. */
function prepare(
  metric: DistanceMetric,
  vector: Numbers,
  offset: Float64Array,
  floats: Float32Array,
  at: number,
): number {
  let squares = 0
  for (let i = 0; i < offset.length; i++) squares += ((vector[i] ?? 0) - (offset[i] ?? 0)) ** 2
  const scale = metric === 'COSINE' ? 1 / Math.sqrt(squares) : 1
  for (let i = 0; i < offset.length; i++) floats[at + i] = ((vector[i] ?? 0) - (offset[i] ?? 0)) * scale
  return squares
}

/** Distances do not change when all vectors move; the closer to 0 they are, the more digits a float32 has for them. */
function centreOf(table: VectorTable): Float64Array {
  const centre = new Float64Array(table.dimensions)
  for (let i = 0; i < table.count; i++) {
    rowOf(table, i).forEach((component, j) => {
      centre[j] = (centre[j] ?? 0) + component / table.count
    })
  }
  return centre
}
