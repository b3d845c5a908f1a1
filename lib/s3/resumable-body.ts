import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../errors.ts'

export interface ResumeOptions {
  /** For error messages: `s3://bucket/key`. */
  where: string
  from: number
  /** The offset of the end. */
  size: number
  /** Opens the body at a byte. It must return the same content each time, or throw an AppError. */
  openAt: (offset: number) => Promise<AsyncIterable<Uint8Array>>
  /** A body without a byte for this long counts as stalled. */
  stalledAfterMs?: number
}

/** How many times in a row a body may fail before its first byte. */
const MAX_ATTEMPTS = 3
const PAUSE_MS = 200

/**
 * Reads an object to its end, even if its body is truncated or stalls. The SDK waits forever for a stalled body, and
 * it does not resume a truncated one.
 *
 * Only the wait for a byte counts as a stall. A socket timeout would also run while the importer waits for a slow
 * Redis, and report that as a fault of S3.
 *
 * @throws AppError OBJECT_UNAVAILABLE, and errors of `openAt` that a retry cannot repair
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
      throw new Error('The body ended early')
    } catch (cause) {
      if (cause instanceof AppError && !cause.retry) throw cause
      if (++failures === MAX_ATTEMPTS) {
        throw new AppError(
          'OBJECT_UNAVAILABLE',
          `Expected ${size} bytes of ${where}, the body was truncated after ${offset}`,
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
  let rejectRead: (stall: Error) => void = () => {}
  const stall = () => rejectRead(new Error(`The body sent no byte for ${stalledAfterMs} ms`))
  // One timer, refreshed for each chunk: an object may have a hundred thousand chunks.
  const timer = setTimeout(stall, stalledAfterMs)
  try {
    for (;;) {
      timer.refresh()
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        rejectRead = reject
        chunks.next().then(resolve, reject)
      })
      rejectRead = () => {}
      if (next.done) return
      yield next.value
    }
  } finally {
    clearTimeout(timer)
    // Closes the connection. This is not awaited, because a stalled body would never answer.
    chunks.return?.().catch(() => {})
  }
}
