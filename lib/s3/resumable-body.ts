import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../errors.ts'

export interface ResumeOptions {
  /** For messages: `s3://bucket/key`. */
  where: string
  from: number
  /** Where it ends. */
  size: number
  /** The body from a byte on, of the same content as before; throws an AppError. */
  openAt: (offset: number) => Promise<AsyncIterable<Uint8Array>>
  /** A body that gives nothing for this long is given up. */
  stalledAfterMs?: number
}

/** How often in a row a body may break off before it has given a byte. */
const MAX_ATTEMPTS = 3
const PAUSE_MS = 200

/**
 * Reads an object to its end although its body is cut or falls silent: the SDK notices neither (a stalled body hangs
 * for ever), nor does it go on where it stopped.
 *
 * Only waiting for a byte counts as silence. A socket timeout would also run while nobody reads, and make a fault of
 * S3 of a Redis that is slow to take its users.
 *
 * @throws AppError OBJECT_UNAVAILABLE, and whatever `openAt` throws that trying again cannot mend
 */
export async function* readResumably({
  where,
  from,
  size,
  openAt,
  stalledAfterMs = 5_000,
}: ResumeOptions): AsyncIterable<Buffer> {
  let offset = from
  let failures = 0
  for (;;) {
    try {
      for await (const chunk of withoutStalls(await openAt(offset), stalledAfterMs)) {
        offset += chunk.byteLength
        failures = 0
        yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      }
      if (offset === size) return
      throw new Error('The body ended')
    } catch (cause) {
      if (cause instanceof AppError && !cause.retry) throw cause
      if (++failures === MAX_ATTEMPTS) {
        throw new AppError(
          'OBJECT_UNAVAILABLE',
          `The body of ${where} broke off after ${offset} of ${size} bytes`,
          { cause },
        )
      }
    }
    await delay(PAUSE_MS * failures)
  }
}

async function* withoutStalls(
  body: AsyncIterable<Uint8Array>,
  stalledAfterMs: number,
): AsyncIterable<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  let giveUp: (stall: Error) => void = () => {}
  const stall = () => giveUp(new Error(`The body gave nothing for ${stalledAfterMs} ms`))
  // One timer, wound up for each chunk: there may be a hundred thousand of them.
  const timer = setTimeout(stall, stalledAfterMs)
  try {
    for (;;) {
      timer.refresh()
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        giveUp = reject
        chunks.next().then(resolve, reject)
      })
      giveUp = () => {}
      if (next.done) return
      yield next.value
    }
  } finally {
    clearTimeout(timer)
    // Lets the connection go. Not awaited: a stalled body would not answer this either.
    chunks.return?.().catch(() => {})
  }
}
