import { AppError } from '../errors.ts'

/** The outcomes of a user that passes the filter, before the size of the audience counts. */
export const CLASSES = ['candidate', 'seed', 'held', 'excluded', 'unreadable', 'unliked'] as const
export type UserClass = (typeof CLASSES)[number]

/** A user that passes the filter, scored. */
export interface ScoredUser {
  id: string
  /** Of the id, salted by the audience. */
  hash: bigint
  class: UserClass
  /** As float32; NaN for an unreadable user. */
  similarity: number
  /** The number of the nearest seed. */
  nearest: number
  /** The same similarity to the seeds that the hold-out leaves. */
  kept: number
  /** Computed by plain code, for the certificate; NaN for a user outside the sample. */
  plain: number
}

/** Users of one part of the scan, as columns: a file of 50,000 has 1.9 MB. */
export interface RunColumns {
  count: number
  hashes: BigUint64Array
  classes: Uint8Array
  similarities: Float32Array
  nearest: Uint32Array
  kept: Float32Array
  plain: Float32Array
  idOf(index: number): string
}

/** hash, id's end, similarity, nearest, kept, plain, class */
const BYTES_A_USER = 8 + 4 + 4 + 4 + 4 + 4 + 1
const HEADER_BYTES = 8

export function encodeRun(users: readonly ScoredUser[]): Buffer {
  const ids = users.map(({ id }) => Buffer.from(id))
  const idBytes = ids.reduce((sum, { length }) => sum + length, 0)
  const buffer = Buffer.alloc(HEADER_BYTES + users.length * BYTES_A_USER + idBytes)
  buffer.writeUInt32LE(users.length, 0)
  const columns = columnsOf(buffer, users.length)
  let end = 0
  users.forEach((user, i) => {
    end += ids[i]?.length ?? 0
    columns.hashes[i] = user.hash
    columns.ends[i] = end
    columns.similarities[i] = user.similarity
    columns.nearest[i] = user.nearest
    columns.kept[i] = user.kept
    columns.plain[i] = user.plain
    columns.classes[i] = CLASSES.indexOf(user.class)
  })
  Buffer.concat(ids).copy(buffer, HEADER_BYTES + users.length * BYTES_A_USER)
  return buffer
}

/** @throws AppError INTERNAL when the bytes are no such file */
export function decodeRun(bytes: Buffer): RunColumns {
  // A copy at an offset that typed arrays allow.
  const buffer = Buffer.from(new Uint8Array(bytes).buffer)
  const count = buffer.length < HEADER_BYTES ? 0 : buffer.readUInt32LE(0)
  const idsFrom = HEADER_BYTES + count * BYTES_A_USER
  if (buffer.length < idsFrom) {
    throw new AppError('INTERNAL', `Expected ${idsFrom} bytes of scored users or more, got ${buffer.length}`)
  }
  const { ends, ...columns } = columnsOf(buffer, count)
  const idOf = (index: number) =>
    buffer.toString('utf8', idsFrom + (ends[index - 1] ?? 0), idsFrom + (ends[index] ?? 0))
  return { count, ...columns, idOf }
}

function columnsOf({ buffer, byteOffset }: Buffer, count: number) {
  let at = byteOffset + HEADER_BYTES
  const next = (width: number) => {
    const from = at
    at += width * count
    return from
  }
  return {
    hashes: new BigUint64Array(buffer, next(8), count),
    ends: new Uint32Array(buffer, next(4), count),
    similarities: new Float32Array(buffer, next(4), count),
    nearest: new Uint32Array(buffer, next(4), count),
    kept: new Float32Array(buffer, next(4), count),
    plain: new Float32Array(buffer, next(4), count),
    classes: new Uint8Array(buffer, next(1), count),
  }
}
