import { AppError } from '../../errors.ts'
import { type CallOptions, DEFAULT_TIMEOUT_MS, type RedisPool, type Reply } from '../redis.ts'
import { serverText } from '../server-errors.ts'
import type { RedisUrl } from '../url.ts'
import { withPassword } from '../with-password.ts'
import { ask } from './gateway.ts'
import { type TextCommand, toRequest, unsupported } from './request.ts'
import type { Script } from './scripts.ts'
import { type RunScript, statelessConnection } from './stateless-connection.ts'

/**
 * Redis behind an HTTP gateway that speaks as Upstash does: each command is a request, and nothing stays open but the
 * sockets that fetch keeps.
 */
export function restPool(url: RedisUrl): RedisPool {
  const exchange = (
    command: TextCommand,
    { deadline = Date.now() + DEFAULT_TIMEOUT_MS }: CallOptions = {},
  ): Promise<Reply> => withPassword(url, deadline, (known) => ask(known, command, deadline))

  /** By its hash, of 40 letters; with its text, where the server does not know it yet. */
  const run: RunScript = async (script, keys, args, options) => {
    const rest = [String(keys.length), ...keys, ...args]
    const [byHash, byText] = commandsOf(script)
    try {
      return await exchange([byHash, script.sha, ...rest], options)
    } catch (error) {
      if (!(error instanceof AppError && serverText(error).startsWith('NOSCRIPT'))) throw error
      return exchange([byText, script.lua, ...rest], options)
    }
  }

  const send: RedisPool['send'] = async (command, options = {}) => {
    const request = toRequest(command, options)
    if ('command' in request) return exchange(request.command, options)
    return request.decode(await run(request.script, request.keys, request.args, options))
  }

  return {
    send,
    lease: (work) => work(statelessConnection(send, run)),
    assertConnections: async () => {
      throw unsupported('Expected a connection of one’s own, and HTTP has none')
    },
    close: async () => {},
  }
}

function commandsOf({ isReadOnly }: Script): [byHash: string, byText: string] {
  return isReadOnly ? ['EVALSHA_RO', 'EVAL_RO'] : ['EVALSHA', 'EVAL']
}
