import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { type Cut, link, type Toxics } from './toxics.ts'

export interface ToxicProxy {
  host: string
  port: number
  /** Switches a toxic on, beside those that are on: for both directions, for connections that exist and for new ones. */
  toxic<Name extends keyof Toxics>(name: Name, attributes: Toxics[Name], where?: Where): Promise<void>
  /** Switches all toxics off. */
  clear(): Promise<void>
  /** How many connections there are now. */
  connections(): number
  close(): Promise<void>
}

interface Where {
  /** To the server, or to the client; both by default. */
  stream?: Direction
  /** Spares the connections still to come. */
  only?: 'existing'
}

type Direction = 'upstream' | 'downstream'
type Toxicity = Record<Direction, Partial<Toxics>>

interface ProxiedConnection {
  obey(change: (toxicity: Toxicity) => Toxicity): void
  cut: Cut
}

const host = '127.0.0.1'

/** A TCP proxy that does to a connection what networks do, by Toxiproxy's names (github.com/Shopify/toxiproxy). */
export async function startProxy({
  target,
}: {
  target: { host: string; port: number }
}): Promise<ToxicProxy> {
  let toxicity: Toxicity = { upstream: {}, downstream: {} }
  const connections = new Set<ProxiedConnection>()

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const { port } = target
    const upstream = connect({ host: target.host, port, allowHalfOpen: true, noDelay: true })
    const connection = proxied(client, upstream, toxicity)
    connections.add(connection)
    Promise.all([closed(client), closed(upstream)]).then(() => connections.delete(connection))
  })
  const listen = async (port: number) => {
    await once(server.listen(port, host), 'listening')
    const address = server.address()
    if (typeof address === 'object' && address !== null) return address.port
    throw new Error(`Expected a TCP address, got ${address}`)
  }
  const port = await listen(0)

  const close = async () => {
    if (server.listening) server.close()
    for (const { cut } of connections) cut('end')
  }

  return {
    host,
    port,
    connections: () => connections.size,

    async toxic(name, attributes, { stream, only } = {}) {
      const change = (current: Toxicity): Toxicity => ({
        upstream: stream === 'downstream' ? current.upstream : { ...current.upstream, [name]: attributes },
        downstream:
          stream === 'upstream' ? current.downstream : { ...current.downstream, [name]: attributes },
      })
      for (const connection of connections) connection.obey(change)
      if (only !== 'existing') toxicity = change(toxicity)
      if (name === 'down') await close()
    },

    async clear() {
      toxicity = { upstream: {}, downstream: {} }
      for (const connection of connections) connection.obey(() => toxicity)
      if (!server.listening) await listen(port)
    },

    close,
  }
}

function proxied(client: Socket, server: Socket, initially: Toxicity): ProxiedConnection {
  let toxicity = initially
  const sockets = [client, server]
  const cut: Cut = (how) => {
    for (const socket of sockets) {
      if (how === 'reset') socket.resetAndDestroy()
      else socket.destroySoon()
    }
  }
  for (const socket of sockets) socket.on('error', () => cut('reset'))
  const upstream = link(client, server, cut)
  const downstream = link(server, client, cut)
  const obey = (change: (toxicity: Toxicity) => Toxicity) => {
    toxicity = change(toxicity)
    upstream.obey(toxicity.upstream)
    downstream.obey(toxicity.downstream)
  }
  obey((current) => current)
  return { obey, cut }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}
