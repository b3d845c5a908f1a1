import { once } from 'node:events'
import type { Server } from 'node:http'

/** Starts the server. `close` waits up to half a second for running answers. */
export async function listen(server: Server, { port, host }: { port: number; host: string }) {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string')
    throw new Error(`Expected a TCP address, got ${address}`)
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      const timer = setTimeout(() => server.closeAllConnections(), 500)
      await closed
      clearTimeout(timer)
    },
  }
}
