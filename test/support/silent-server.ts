import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A service that takes every connection and never answers, and how many it has taken. Closed after the test. */
export async function silentServer(): Promise<{ url: string; connections(): number }> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {}).resume()
    sockets.push(socket)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : ''
  return { url: `http://127.0.0.1:${port}`, connections: () => sockets.length }
}
