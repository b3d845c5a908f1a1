import { once } from 'node:events'
import { createServer } from 'node:http'
import type { S3Event } from 'aws-lambda'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import type { Context } from './context.ts'
import { objectCreatedEvent } from './events.ts'
import type { FaultPlan } from './faults.ts'
import { serve } from './serve.ts'
import { openStore } from './store.ts'

export { objectCreatedEvent } from './events.ts'
export type { Fault, FaultPlan } from './faults.ts'

export interface S3Server {
  url: string
  port: number
  /** Ends all connections, and resolves when no request uses `dataDir` any more. */
  close(): Promise<void>
}

export interface S3Options {
  /**
   * The folder of the objects, created if missing. One server at a time may use it: a second one would delete the
   * unfinished uploads of the first.
   */
  dataDir: string
  /** 0 means a free port. startS3 rejects with EADDRINUSE if the port is in use. */
  port?: number
  /** Called for each durable object. The upload's answer does not wait for it. */
  onEvent?: (event: S3Event) => void | Promise<void>
  fault?: FaultPlan
}

/**
 * Starts an S3-compatible server on 127.0.0.1. It answers 501 to operations that it does not implement, and 403 to
 * web pages of other machines. It checks no signatures: every program of this machine may do everything.
 */
export async function startS3({ dataDir, port = 0, onEvent, fault }: S3Options): Promise<S3Server> {
  const context = createContext(dataDir, onEvent)
  const running = new Set<Promise<void>>()
  // Without Node's limit of five minutes for a request, which a large upload may exceed.
  const server = createServer({ requestTimeout: 0 }, (message, response) => {
    const work = serve(context, fault, message, response).finally(() => running.delete(work))
    running.add(work)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error(`Expected a TCP address, got ${address}`)

  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    async close() {
      server.close()
      server.closeAllConnections()
      await Promise.all(running)
    },
  }
}

/** The store, and the notifications of its changes. */
function createContext(dataDir: string, onEvent: S3Options['onEvent']): Context {
  return {
    store: openStore(dataDir),
    uploads: new Map(),
    async announce(by, { bucket, id }, object) {
      const { key, size, etag, sequencer } = object
      const event = { by, bucket, key, size, etag, sequencer, requestId: id, time: new Date() }
      try {
        await onEvent?.(objectCreatedEvent(event))
      } catch (error) {
        console.error(
          escapeUnsafe(`S3: the listener failed on ObjectCreated:${by} of ${bucket}/${key}: ${error}`),
        )
      }
    },
  }
}
