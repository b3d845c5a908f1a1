import { AppError } from '../../errors.ts'
import type { TlsSettings } from '../client.ts'
import { type CallOptions, DEFAULT_TIMEOUT_MS, type RedisPool, type Reply } from '../redis.ts'
import { serverText } from '../server-errors.ts'
import type { RedisUrl } from '../url.ts'
import { withPassword } from '../with-password.ts'
import { ask } from './gateway.ts'
import { httpClient } from './http-client.ts'
import { asText, packed, type TextCommand, toBuffers, unsupported } from './request.ts'
import { WITH_BYTES } from './scripts.ts'
import { type RunScript, statelessConnection } from './stateless-connection.ts'

/**
 * Redis behind an HTTP gateway that speaks as Upstash does: each command is a request, and nothing stays open but the
 * sockets that the HTTP client keeps.
 */
export function restPool(url: RedisUrl, tls: TlsSettings): RedisPool {
  const http = httpClient(tls)

  /** What writes in a transaction is sent once, too: whoever was refused for having been faster would not know himself. */
  const exchange = (
    command: TextCommand,
    { deadline = Date.now() + DEFAULT_TIMEOUT_MS }: CallOptions = {},
    mayRepeat = true,
  ): Promise<Reply> =>
    withPassword(url, deadline, (known) => ask({ http, url: known }, command, { deadline, mayRepeat }))

  /** By its hash, of 40 letters; with its text, where the server does not know it yet. */
  const run: RunScript = async ({ lua, sha, isReadOnly }, keys, args, options) => {
    const rest = [String(keys.length), ...keys, ...args]
    const [byHash, byText] = isReadOnly ? ['EVALSHA_RO', 'EVAL_RO'] : ['EVALSHA', 'EVAL']
    try {
      return await exchange([byHash, sha, ...rest], options, isReadOnly)
    } catch (error) {
      if (!(error instanceof AppError && serverText(error).startsWith('NOSCRIPT'))) throw error
      return exchange([byText, lua, ...rest], options, isReadOnly)
    }
  }

  const send: RedisPool['send'] = async (command, options = {}) => {
    const { binary = false } = options
    const texts = asText(command)
    if (texts !== undefined && !binary) return exchange(texts, options, !options.once)
    if (texts === undefined && command[0] !== 'FT.SEARCH')
      throw unsupported(`${command[0]} has bytes that are no text, and HTTP would change them`)
    const args = [binary ? 'bytes' : 'text', ...packed(command)]
    const reply = await run(WITH_BYTES, [String(command[1])], args, options)
    return binary ? toBuffers(reply) : reply
  }

  return {
    send,
    lease: (work) => work(statelessConnection(send, run)),
    assertConnections: async () => {
      throw unsupported(
        'Expected a connection of its own to Redis, and HTTP has none: give the importer a redis:// or rediss:// URL',
      )
    },
    close: async () => http.close(),
  }
}
