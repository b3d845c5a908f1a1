import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** A fault of one answer: an error instead of it, no answer at all, or a faulty body. */
export type Fault = { status: number; code: string } | { silent: true } | BodyFault

export type BodyFault =
  | { cutAfterBytes: number } // then the server destroys the connection
  | { stallAfterBytes: number } // then no more bytes come, but the connection stays
  | { bytesPerSecond: number }

/** Chooses the fault of a request before the server looks at it; undefined for none. */
export type FaultPlan = (request: {
  method: string
  bucket: string
  key: string
  headers: IncomingHttpHeaders
  query: URLSearchParams
}) => Fault | undefined

/** Sends a body with this fault, after its headers. A body that ends before the fault is sent whole. */
export async function sendWithFault(body: AsyncIterable<Buffer>, response: ServerResponse, fault: BodyFault) {
  if ('bytesPerSecond' in fault) {
    await sendSlowly(body, response, fault.bytesPerSecond)
  } else if ('cutAfterBytes' in fault) {
    if (await sendFirst(body, response, fault.cutAfterBytes)) response.destroy()
  } else if (await sendFirst(body, response, fault.stallAfterBytes)) {
    await finished(response) // rejects when the client or close() ends the connection
  }
}

/** Whether the body had more bytes than that. */
async function sendFirst(
  body: AsyncIterable<Buffer>,
  response: ServerResponse,
  bytes: number,
): Promise<boolean> {
  let left = bytes
  response.flushHeaders()
  for await (const chunk of body) {
    if (left > 0) await flush(response, chunk.subarray(0, left))
    left -= chunk.length
    if (left < 0) return true
  }
  response.end()
  return false
}

async function sendSlowly(body: AsyncIterable<Buffer>, response: ServerResponse, bytesPerSecond: number) {
  const slice = Math.max(1, Math.round(bytesPerSecond / SLICES_PER_SECOND))
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += slice) {
      const piece = chunk.subarray(at, at + slice)
      await flush(response, piece)
      await delay((piece.length / bytesPerSecond) * 1000)
    }
  }
  response.end()
}

const SLICES_PER_SECOND = 20

/** Resolves when the kernel has the bytes. A plain write would lose them with the connection. */
function flush(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    response.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}
