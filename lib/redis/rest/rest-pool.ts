import { AppError } from '../../errors.ts'
import type { TlsSettings } from '../client.ts'
import { type CallOptions, DEFAULT_TIMEOUT_MS, type RedisPool, type Reply } from '../redis.ts'
import { serverText } from '../server-errors.ts'
import type { RedisUrl } from '../url.ts'
import { withPassword } from '../with-password.ts'
import { sendToGateway } from './gateway.ts'
import { httpClient } from './http-client.ts'
import { packCommand, type TextCommand, toBuffers, toTextCommand, unsupportedError } from './request.ts'
import { BINARY_READ } from './scripts.ts'
import { type RunScript, statelessConnection } from './stateless-connection.ts'

/**
 * Redis behind an HTTP gateway with Upstash's protocol. Each command is one request, and only the HTTP client's
 * sockets stay open.
 */
export function restPool(url: RedisUrl, tls: TlsSettings): RedisPool {
  const http = httpClient(tls)

  /**
   * Transactions that write are sent once. The repetition of a successful transaction would report a conflict with
   * itself.
   */
  const exchange = (
    command: TextCommand,
    { deadline = Date.now() + DEFAULT_TIMEOUT_MS }: CallOptions = {},
    isRepeatable = true,
  ): Promise<Reply> =>
    withPassword(url, deadline, (current) =>
      sendToGateway({ http, url: current }, command, { deadline, isRepeatable }),
    )

  /** Runs the script by its hash of 40 letters. If the server does not know the hash yet, sends the text. */
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
    const texts = toTextCommand(command)
    if (texts !== undefined && !binary) return exchange(texts, options, !options.once)
    if (texts === undefined && command[0] !== 'FT.SEARCH')
      throw unsupportedError(
        `Expected text arguments for ${command[0]} over HTTP, got bytes that HTTP would change`,
      )
    const args = [binary ? 'bytes' : 'text', ...packCommand(command)]
    const reply = await run(BINARY_READ, [String(command[1])], args, options)
    return binary ? toBuffers(reply) : reply
  }

  return {
    send,
    lease: (work) => work(statelessConnection(send, run)),
    assertConnections: async () => {
      throw unsupportedError('Expected a connection of its own to Redis, and HTTP has none')
    },
    close: async () => http.close(),
  }
}
