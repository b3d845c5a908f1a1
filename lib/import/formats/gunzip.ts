import { AppError } from '../../errors.ts'
import { type ByteQueue, byteQueue } from './byte-queue.ts'
import { endsTooEarly, inflateMember } from './inflate-member.ts'

export interface GunzipLimits {
  /** Unpacked bytes for each packed one, once `ratioFrom` bytes have come out. Vectors as text pack to a half or third. */
  ratio: number
  ratioFrom: number
  /** Unpacked bytes altogether. */
  bytes: number
}

const GUNZIP_LIMITS: GunzipLimits = { ratio: 200, ratioFrom: 1024 ** 2, bytes: 8 * 1024 ** 3 }

/** Deflate makes at most 1032 bytes of one: what a block unpacks to is held at once, so 4 MiB at most. */
const BLOCK_BYTES = 4096

const FLAG = { headerChecksum: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0xe0 } as const

/**
 * Unpacks gzip, several members as one, from a byte of the unpacked text on (there is no way but to unpack what is
 * before it, which gives empty chunks: a sign of life). Zeros behind it are padding.
 *
 * @throws AppError FILE_TRUNCATED, FILE_MALFORMED, FILE_TOO_LARGE, behind all that could be unpacked
 */
export async function* gunzip(
  packed: AsyncIterable<Buffer>,
  { from = 0, limits = GUNZIP_LIMITS }: { from?: number; limits?: GunzipLimits } = {},
): AsyncGenerator<Buffer, undefined, undefined> {
  let unpackedBytes = 0
  const queue = byteQueue(packed, BLOCK_BYTES)

  function count(bytes: number): void {
    unpackedBytes += bytes
    const isBomb = unpackedBytes > limits.ratioFrom && unpackedBytes > queue.received * limits.ratio
    if (!isBomb && unpackedBytes <= limits.bytes) return
    const expected = `at most ${limits.ratio} times its size, and ${limits.bytes} bytes`
    throw new AppError('FILE_TOO_LARGE', `Expected gzip data that unpack to ${expected}`)
  }

  try {
    let skip = from
    for (let isFirst = true; await findMember(queue, isFirst); isFirst = false) {
      for await (const output of inflateMember(queue, count)) {
        yield output.subarray(skip)
        skip = Math.max(0, skip - output.length)
      }
    }
  } finally {
    await queue.close()
  }
  return undefined
}

/** Goes to where a member's data begin; false when there is none. */
async function findMember(queue: ByteQueue, isFirst: boolean): Promise<boolean> {
  for (let block = await queue.peek(); !isFirst && block?.[0] === 0; block = await queue.peek()) {
    const zeros = block.findIndex((byte) => byte !== 0)
    queue.drop(zeros === -1 ? block.length : zeros)
  }
  const first = await queue.peek()
  if (first === undefined && !isFirst) return false
  const expected = isFirst ? 'gzip data' : 'nothing, or more gzip data, behind the gzip data'
  const malformed = new AppError('FILE_MALFORMED', `Expected ${expected}`)
  if (first?.[0] !== 0x1f) throw malformed
  const header = await take(queue, 10)
  const flags = header[3] ?? 0
  if (header.readUInt32BE(0) >>> 8 !== 0x1f8b08 || (flags & FLAG.reserved) !== 0) throw malformed
  if (flags & FLAG.extra) await take(queue, (await take(queue, 2)).readUInt16LE())
  if (flags & FLAG.name) await skipText(queue)
  if (flags & FLAG.comment) await skipText(queue)
  if (flags & FLAG.headerChecksum) await take(queue, 2)
  return true
}

async function skipText(queue: ByteQueue): Promise<void> {
  while ((await take(queue, 1))[0] !== 0);
}

async function take(queue: ByteQueue, count: number): Promise<Buffer> {
  const bytes = await queue.take(count)
  if (bytes === undefined) throw endsTooEarly()
  return bytes
}
