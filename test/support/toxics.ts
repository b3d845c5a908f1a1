import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Toxiproxy's toxics and their attributes, in milliseconds, bytes and KB/s; `slicer.delay` in microseconds. */
export interface Toxics {
  latency: { latency: number; jitter?: number }
  /** Refuses connections, and closes those there are. */
  down: Record<string, never>
  bandwidth: { rate: number }
  slow_close: { delay: number }
  /** Swallows all data and closes after `timeout`; 0 is never: a black hole. */
  timeout: { timeout: number }
  reset_peer: { timeout: number }
  slicer: { average_size: number; size_variation?: number; delay?: number }
  /** Closes when so many bytes have passed since it was switched on. */
  limit_data: { bytes: number }
}

export interface Link {
  /** These toxics and no others, from now on: for what is already under way, too. */
  obey(toxics: Partial<Toxics>): void
}

export type Cut = (how: 'end' | 'reset') => void

const MAX_QUEUED_BYTES = 256 * 1024

/** One direction of a connection: what arrives at `from` goes to `to` as the toxics have it. `cut` closes both. */
export function link(from: Socket, to: Socket, cut: Cut): Link {
  let toxics: Partial<Toxics> = {}
  let changed = new AbortController()
  let queue: Promise<void> = Promise.resolve()
  let queuedBytes = 0
  let lineFreeAt = 0
  let passedBytes = 0

  from.on('data', (chunk: Buffer) => {
    const arrivedAt = performance.now()
    queuedBytes += chunk.length
    if (queuedBytes > MAX_QUEUED_BYTES) from.pause()
    queue = queue.then(async () => {
      await pass(chunk, arrivedAt)
      queuedBytes -= chunk.length
      if (queuedBytes <= MAX_QUEUED_BYTES) from.resume()
    })
  })
  from.on('end', () => {
    const endedAt = performance.now()
    queue = queue.then(async () => {
      await until(() => endedAt + (toxics.slow_close?.delay ?? 0))
      to.end()
    })
  })

  async function pass(chunk: Buffer, arrivedAt: number): Promise<void> {
    const chance = Math.random() * 2 - 1
    await until(() => arrivedAt + (toxics.latency?.latency ?? 0) + (toxics.latency?.jitter ?? 0) * chance)
    for (let rest = chunk; rest.length > 0; ) {
      const piece = rest.subarray(0, pieceLength(toxics))
      rest = rest.subarray(piece.length)
      const startedAt = Math.max(lineFreeAt, performance.now())
      await until(() => (toxics.bandwidth ? startedAt + piece.length / toxics.bandwidth.rate : 0))
      lineFreeAt = toxics.bandwidth ? startedAt + piece.length / toxics.bandwidth.rate : 0
      await write(piece)
      const writtenAt = performance.now()
      await until(() => writtenAt + (toxics.slicer?.delay ?? 0) / 1000)
    }
  }

  async function write(piece: Buffer): Promise<void> {
    if (toxics.timeout || toxics.reset_peer || !to.writable) return
    const allowedBytes = (toxics.limit_data?.bytes ?? Number.POSITIVE_INFINITY) - passedBytes
    const bytes = piece.subarray(0, Math.max(0, allowedBytes))
    passedBytes += bytes.length
    await new Promise<void>((resolve) => to.write(bytes, () => resolve()))
    if (allowedBytes <= piece.length) cut('end')
  }

  /** Waits for a moment, which is asked for anew when the toxics change. */
  async function until(moment: () => number): Promise<void> {
    for (let ms = moment() - performance.now(); ms > 0; ms = moment() - performance.now()) {
      await sleep(ms, undefined, { signal: changed.signal }).catch(() => {})
    }
  }

  function obey(next: Partial<Toxics>): void {
    changed.abort()
    changed = new AbortController()
    // As Toxiproxy does: after what was swallowed, nothing that follows would make sense.
    if (toxics.timeout && !next.timeout) cut('end')
    if (next.timeout && next.timeout.timeout > 0) cutAfter(next.timeout.timeout, 'end')
    if (next.reset_peer) cutAfter(next.reset_peer.timeout, 'reset')
    if (next.limit_data !== toxics.limit_data) passedBytes = 0
    toxics = next
  }

  function cutAfter(ms: number, how: 'end' | 'reset'): void {
    sleep(ms, undefined, { signal: changed.signal }).then(
      () => cut(how),
      () => {},
    )
  }

  return { obey }
}

function pieceLength({ slicer, bandwidth }: Partial<Toxics>): number {
  const chance = Math.random() * 2 - 1
  const slice = slicer ? slicer.average_size + Math.round((slicer.size_variation ?? 0) * chance) : undefined
  // A slow line delivers every 100 ms, not a large chunk at its end.
  const step = bandwidth ? bandwidth.rate * 100 : undefined
  return Math.max(1, Math.min(slice ?? Number.POSITIVE_INFINITY, step ?? Number.POSITIVE_INFINITY))
}
