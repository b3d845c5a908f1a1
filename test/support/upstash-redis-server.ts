import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { createApp } from '@humanwhocodes/upstash-redis-server'
import { listen } from '../../dev/local/listen.ts'

// `node upstash-redis-server.ts REDIS_URL TOKEN` prints where it listens. Not the package's own command, which would
// listen on every interface, and asks for no token at /pipeline.

const [redisUrl = '', token = ''] = process.argv.slice(2)
const app = createApp({ redisUrl, token })

const server = createServer(async (request, response) => {
  const { url = '/', method = 'POST', headers } = request
  const init = {
    method,
    headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
    body: await text(request),
  }
  const answer = await app.fetch(new Request(new URL(url, 'http://127.0.0.1'), init))
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
})
console.log((await listen(server, { host: '127.0.0.1', port: 0 })).url)
