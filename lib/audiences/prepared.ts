import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import { type VectorTable, vectorTable } from './scoring/vector-table.ts'

/** All that a run needs of its seeds and exclusions: read once, so that every invocation scores by the same. */
export interface Prepared {
  /** The version of the index, and the definition that it was made by. */
  index: string
  definition: IndexDefinition
  /** How many documents the index held. */
  documents: number
  /** Of the rows of `like`, in their order. None with the strategy `average`. */
  names: readonly string[]
  /** The rows that are left out for the hold-out. */
  held: readonly number[]
  /** The users among `like` and `unlike`. */
  seedUsers: readonly string[]
  /** Those of them that are left out for the hold-out. */
  heldUsers: readonly string[]
  excluded: readonly string[]
  /** The share of users that the certificate scores by plain code. */
  sampleShare: number
  seeds: AudienceReport['seeds']
  /** The lines of `seeds-problems.ndjson`. */
  problems: readonly object[]
  warnings: readonly string[]
  /** By best_score the seeds; by average the mean of all, and that of those which the hold-out leaves. */
  like: VectorTable
  unlike: VectorTable
}

/** Fixed by the format: the length of the header, and the numbers of rows. */
const PREFIX_BYTES = 16

export function encodePrepared({ like, unlike, ...header }: Prepared): Buffer[] {
  const text = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  for (const [i, number] of [text.length, like.count, unlike.count, like.dimensions].entries()) {
    prefix.writeUInt32LE(number, i * 4)
  }
  return [prefix, text, bytesOf(like), bytesOf(unlike)]
}

/** @throws AppError INTERNAL when the bytes are no such file */
export function decodePrepared(bytes: Buffer): Prepared {
  const [textLength = 0, likes = 0, unlikes = 0, dimensions = 0] = [0, 4, 8, 12].map((at) =>
    bytes.readUInt32LE(at),
  )
  const likeAt = PREFIX_BYTES + textLength
  const unlikeAt = likeAt + likes * dimensions * 4
  const length = unlikeAt + unlikes * dimensions * 4
  if (bytes.length !== length)
    throw new AppError('INTERNAL', `Expected ${length} bytes of prepared seeds, got ${bytes.length}`)
  const header: Omit<Prepared, 'like' | 'unlike'> = JSON.parse(bytes.toString('utf8', PREFIX_BYTES, likeAt))
  return {
    ...header,
    like: tableOf(bytes.subarray(likeAt, unlikeAt), dimensions),
    unlike: tableOf(bytes.subarray(unlikeAt), dimensions),
  }
}

function bytesOf({ data }: VectorTable): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

function tableOf(bytes: Buffer, dimensions: number): VectorTable {
  // A copy, since the bytes may begin at an offset that no typed array allows.
  const data = new Float32Array(new Uint8Array(bytes).buffer)
  return { ...vectorTable([], dimensions), count: data.length / dimensions, data }
}
