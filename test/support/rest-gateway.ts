import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { createClient, ErrorReply } from 'redis'
import * as v from 'valibot'
import { spawnTied } from '../../dev/lifeline.mjs'
import { listen } from '../../dev/local/listen.ts'

/** An HTTP gateway in front of a Redis, as Upstash's REST API. Its URL has the token in it. */
export interface Gateway {
  url: string
  close(): Promise<void>
}

export type StartGateway = (redisUrl: string) => Promise<Gateway>

const TOKEN = 'hunter2+/=='
const Command = v.pipe(v.array(v.union([v.string(), v.number()])), v.minLength(1))

/** Ours: `POST /` with one command, as the functions send it. */
export const startGateway: StartGateway = (redisUrl) => serve(redisUrl, (refusal) => refusal)

/** The same before a Redis without modules, in the words of Upstash's own databases, which have no FT.* either. */
export const startUpstash: StartGateway = (redisUrl) =>
  serve(redisUrl, (refusal) =>
    refusal.replace(
      /^ERR unknown command '(FT\.\w+)'.*/s,
      "ERR Command is not available: '$1'. See https://upstash.com/docs",
    ),
  )

async function serve(redisUrl: string, worded: (refusal: string) => string): Promise<Gateway> {
  const redis = createClient({ url: redisUrl, RESP: 2, socket: { reconnectStrategy: false } })
  redis.on('error', () => {})
  await redis.connect()

  const answer = async (body: unknown): Promise<{ status: number; body: object }> => {
    const command = v.safeParse(Command, body)
    if (!command.success) return { status: 400, body: { error: 'ERR expected a command' } }
    try {
      return { status: 200, body: { result: await redis.sendCommand(command.output.map(String)) } }
    } catch (error) {
      if (error instanceof ErrorReply) return { status: 400, body: { error: worded(error.message) } }
      return { status: 503, body: { message: 'Redis is gone' } }
    }
  }
  const server = createServer(async (request, response) => {
    const isKnown = request.headers.authorization === `Bearer ${TOKEN}`
    const { status, body } = isKnown
      ? await answer(await json(request))
      : { status: 401, body: { error: 'Unauthorized' } }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const { url, close } = await listen(server, { host: '127.0.0.1', port: 0 })
  return {
    url: withToken(url),
    close: async () => {
      await close()
      redis.destroy()
    },
  }
}

/** Somebody else's: `@humanwhocodes/upstash-redis-server`, in a process of its own, since its connection has no end. */
export const startOtherGateway: StartGateway = async (redisUrl) => {
  const script = new URL('upstash-redis-server.ts', import.meta.url).pathname
  const { child, cut } = spawnTied([process.execPath, script, redisUrl, TOKEN], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const { stdout } = child
  if (stdout === null) throw new Error('Expected a pipe')
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const url = await new Promise<string>((resolve, reject) => {
    stdout.once('data', (line) => resolve(String(line).trim()))
    gone.then(() => reject(new Error('The gateway did not start')))
  })
  return {
    url: withToken(url),
    close: async () => {
      cut()
      await gone
    },
  }
}

function withToken(url: string): string {
  return url.replace('://', `://:${encodeURIComponent(TOKEN)}@`)
}
