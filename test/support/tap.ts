import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { pipeline, Transform } from 'node:stream'
import { onTestFinished } from 'vitest'

export interface Tap {
  /** A URL of the server, with its user, by way of the relay. */
  through(url: string): string
  /** How many bytes have gone to the server since `at`. */
  passed(): number
  /**
   * Counts from now on. When so many bytes have gone to the server, whatever is to happen happens, and what comes
   * behind them waits until it has.
   */
  at(bytes: number, happen: () => Promise<unknown>): void
}

const host = '127.0.0.1'

/**
 * A relay to a server that lets a fault happen at a byte, not at a time: the same seed then hits the same command on
 * a slow machine as on a fast one. Closed after the test.
 */
export async function startTap(target: () => { host: string; port: number }): Promise<Tap> {
  let passed = 0
  let due: { bytes: number; happen: () => Promise<unknown> } | undefined

  function counter(): Transform {
    return new Transform({
      transform(chunk: Buffer, _encoding, done) {
        const before = passed
        passed += chunk.length
        if (due === undefined || passed < due.bytes) return done(null, chunk)
        const { bytes, happen } = due
        due = undefined
        this.push(chunk.subarray(0, bytes - before))
        happen().then(() => done(null, chunk.subarray(bytes - before)), done)
      },
    })
  }

  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ ...target(), noDelay: true })
    // An end on one side is passed on to the other; an error is one, too.
    pipeline(client, counter(), upstream, () => client.destroy())
    pipeline(upstream, client, () => upstream.destroy())
  })
  await once(server.listen(0, host), 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  if (typeof address !== 'object' || address === null)
    throw new Error(`Expected a TCP address, got ${address}`)
  return {
    through(url) {
      const relayed = new URL(url)
      relayed.host = `${host}:${address.port}`
      return relayed.href
    },
    passed: () => passed,
    at(bytes, happen) {
      passed = 0
      due = { bytes, happen }
    },
  }
}
