import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import type { VectorTable } from './scoring/vector-table.ts'

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

/** A piece of a table: an upload copies what it has not sent yet. */
const PIECE_BYTES = 4 * 1024 * 1024

/** Fixed by the format: the length of the header, and the numbers of rows. */
const PREFIX_BYTES = 16

export function encodePrepared({ like, unlike, ...header }: Prepared): Buffer[] {
  const text = Buffer.from(JSON.stringify(header))
  const prefix = Buffer.alloc(PREFIX_BYTES)
  for (const [i, number] of [text.length, like.count, unlike.count, like.dimensions].entries()) {
    prefix.writeUInt32LE(number, i * 4)
  }
  return [prefix, text, ...piecesOf(like), ...piecesOf(unlike)]
}

/**
 * Reads the file as a stream, each vector to its place: 500,000 vectors are in memory once.
 *
 * @throws AppError INTERNAL when the bytes are no such file
 */
export async function decodePrepared(chunks: AsyncIterable<Buffer>): Promise<Prepared> {
  let head: Buffer = Buffer.alloc(0)
  let prepared: Prepared | undefined
  let at = 0
  for await (const chunk of chunks) {
    if (prepared !== undefined) {
      at = fill(prepared, chunk, at)
      continue
    }
    head = Buffer.concat([head, chunk])
    const textEnd = PREFIX_BYTES + (head.length < PREFIX_BYTES ? 0 : head.readUInt32LE(0))
    if (head.length < PREFIX_BYTES || head.length < textEnd) continue
    const [likes = 0, unlikes = 0, dimensions = 0] = [4, 8, 12].map((offset) => head.readUInt32LE(offset))
    const header: Omit<Prepared, 'like' | 'unlike'> = JSON.parse(head.toString('utf8', PREFIX_BYTES, textEnd))
    prepared = { ...header, like: emptyTable(likes, dimensions), unlike: emptyTable(unlikes, dimensions) }
    at = fill(prepared, head.subarray(textEnd), 0)
  }
  const expected =
    prepared === undefined ? -1 : prepared.like.data.byteLength + prepared.unlike.data.byteLength
  if (prepared !== undefined && at === expected) return prepared
  throw new AppError('INTERNAL', `Expected ${expected} bytes of seeds' vectors, got ${at}`)
}

/** Puts bytes of the two tables to their place, and says where the next ones go. */
function fill({ like, unlike }: Prepared, bytes: Buffer, at: number): number {
  const inLike = Math.max(0, Math.min(bytes.length, like.data.byteLength - at))
  const put = ({ data }: VectorTable, part: Buffer, offset: number) =>
    new Uint8Array(data.buffer, data.byteOffset, data.byteLength).set(
      part.subarray(0, Math.max(0, data.byteLength - offset)),
      offset,
    )
  if (inLike > 0) put(like, bytes.subarray(0, inLike), at)
  if (inLike < bytes.length) put(unlike, bytes.subarray(inLike), at + inLike - like.data.byteLength)
  return at + bytes.length
}

function emptyTable(count: number, dimensions: number): VectorTable {
  return { count, dimensions, data: new Float32Array(count * dimensions) }
}

function piecesOf({ data }: VectorTable): Buffer[] {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) pieces.push(bytes.subarray(at, at + PIECE_BYTES))
  return pieces
}
