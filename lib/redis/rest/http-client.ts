import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { TlsSettings } from '../client.ts'

export interface HttpAnswer {
  status: number
  body: string
}

export interface HttpClient {
  /**
   * Does not follow redirects, because the token is for this host. Rejects with Node's errors, also if the answer is
   * truncated.
   */
  post(url: string, init: { token: string; body: string; signal: AbortSignal }): Promise<HttpAnswer>
  close(): void
}

/**
 * A connection that was silent for longer is not used again. A gateway closes an idle connection after 5 s (Node's
 * default) or more, and a NAT gateway drops it silently. This uses the clock, because timers stand still while a
 * Lambda environment is frozen.
 */
const MAX_IDLE_MS = 4_000

/**
 * HTTP with reused connections. It uses Node's http module, because fetch accepts neither a certificate authority nor
 * a server name.
 */
export function httpClient(tls: TlsSettings): HttpClient {
  const plain = new HttpAgent({ keepAlive: true })
  const secure = new HttpsAgent({ keepAlive: true, ...tls })
  const heardAt = new WeakMap<Socket, number>()

  function dropSilentConnections(): void {
    const idle = [plain, secure].flatMap(({ freeSockets }) => Object.values(freeSockets)).flat()
    for (const socket of idle) {
      if (socket && Date.now() - (heardAt.get(socket) ?? 0) > MAX_IDLE_MS) socket.destroy()
    }
  }

  return {
    post(url, { token, body, signal }) {
      dropSilentConnections()
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const options = { method: 'POST', headers, signal }
      const request = url.startsWith('https:')
        ? httpsRequest(url, { ...options, agent: secure })
        : httpRequest(url, { ...options, agent: plain })
      return new Promise((resolve, reject) => {
        const read = async (response: IncomingMessage) => {
          // Node detaches the socket from the response at its end.
          const { socket } = response
          const body = await text(response)
          heardAt.set(socket, Date.now())
          return { status: response.statusCode ?? 0, body }
        }
        request.on('response', (response) => read(response).then(resolve, reject))
        request.on('error', reject)
        request.end(body)
      })
    },
    close() {
      plain.destroy()
      secure.destroy()
    },
  }
}
