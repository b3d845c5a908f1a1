import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { pipeline } from 'node:stream'
import { createServer } from 'node:tls'
import type { Certificate } from './certificates.ts'

/** The URL by TLS: what ends it stands before the server, as a load balancer does. */
export async function behindTls(target: { url: string }, { cert, key }: Certificate) {
  const url = new URL(target.url)
  const { hostname: host, port } = url
  const clients = new Set<Socket>()
  const server = createServer({ cert, key }, (client) => {
    clients.add(client)
    const upstream = connect({ host, port: Number(port) })
    pipeline(client, upstream, client, () => upstream.destroy())
  })
  // Of a client that does not believe the certificate.
  server.on('tlsClientError', () => {})
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null)
    throw new Error(`Expected a TCP address, got ${address}`)
  url.port = String(address.port)
  const close = async () => {
    server.close()
    for (const client of clients) client.destroy()
  }
  return { url: url.href.replace(/^http:/, 'https:'), close }
}
