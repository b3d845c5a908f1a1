import { crc32, createInflateRaw } from 'node:zlib'
import { AppError } from '../../errors.ts'
import type { ByteQueue } from './byte-queue.ts'

/**
 * The content of one gzip member, up to its end or to what is wrong with it. Node's own Gunzip would do, but that it
 * drops what came out of the same call in which it finds a wrong checksum, or garbage behind the member: of a small
 * file that is everything.
 *
 * @param count is told of every few bytes that came out, before they are kept, and throws when they are too many
 * @throws AppError FILE_TRUNCATED, FILE_MALFORMED, and what `count` throws, behind all that came out before
 */
export async function* inflateMember(
  queue: ByteQueue,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer, undefined, undefined> {
  let outputs: Buffer[] = []
  let checksum = 0
  let length = 0
  let settle: (how: 'more' | 'ended' | AppError) => void = () => {}

  const inflate = createInflateRaw()
  inflate.on('data', (output: Buffer) => {
    try {
      count(output.length)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      inflate.destroy()
      return settle(error)
    }
    checksum = crc32(output, checksum)
    length += output.length
    outputs.push(output)
  })
  inflate.on('end', () => settle('ended'))
  inflate.on('error', () => settle(new AppError('FILE_MALFORMED', 'Expected gzip data, got broken ones')))

  try {
    for (let how: Parameters<typeof settle>[0] = 'more'; how !== 'ended'; ) {
      const block = await queue.peek()
      if (block === undefined) throw endsTooEarly()
      const before = inflate.bytesWritten
      how = await new Promise((resolve) => {
        settle = resolve
        inflate.write(block, (error) => {
          // An error comes as an event, too, and there with its name.
          if (!error) settle('more')
        })
      })
      queue.drop(inflate.bytesWritten - before)
      yield* outputs
      outputs = []
      if (how instanceof AppError) throw how
    }
  } finally {
    inflate.destroy()
  }

  const trailer = await queue.take(8)
  if (trailer === undefined) throw endsTooEarly()
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== length % 2 ** 32) {
    throw new AppError('FILE_MALFORMED', 'Expected gzip data that match their checksum')
  }
  return undefined
}

export function endsTooEarly(): AppError {
  return new AppError('FILE_TRUNCATED', 'Expected the rest of the gzip data, got the end of the file')
}
