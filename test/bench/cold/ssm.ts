import { once } from 'node:events'
import { createServer } from 'node:https'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { certificateFor } from '../../support/certificates.ts'

export interface SlowSsm {
  /** What a function needs to read the URL from it. */
  env: Record<string, string>
  /** PEM of the authority of its certificate. */
  authority: string
  close(): void
}

/** SSM over TLS, which answers with the value after 10 to 30 ms, as the real one does within its region. */
export async function startSlowSsm(value: string): Promise<SlowSsm> {
  const { authority, cert, key } = await certificateFor('127.0.0.1')
  const server = createServer({ cert, key }, async (request, response) => {
    await json(request)
    await delay(10 + Math.random() * 20)
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify({ Parameter: { Value: value } }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    authority,
    env: {
      REDIS_URL_PARAMETER: '/lookalike/bench/redis-url',
      AWS_ENDPOINT_URL_SSM: `https://127.0.0.1:${port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
    },
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
