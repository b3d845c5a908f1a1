import { ErrorReply } from 'redis'
import type { CallOptions, Command, Connection, Outcome, Redis, Reply } from '../redis.ts'
import { asArray, asString } from '../reply.ts'
import { isRefusal } from '../server-errors.ts'
import { packed, toBuffers } from './request.ts'
import { FINGERPRINTS, type Script, TRANSACTION } from './scripts.ts'

export type RunScript = (
  script: Script,
  keys: string[],
  args: string[],
  options?: CallOptions,
) => Promise<Reply>

/**
 * What a lease is without a connection: commands one after the other, and transactions. WATCH notes what the keys
 * hold, and a transaction, which is one script, does nothing when one of them holds something else. A key that was
 * written meanwhile with what it held before passes for unwritten.
 */
export function statelessConnection(send: Redis['send'], run: RunScript): Connection {
  /** By key, what it held when it was first watched. */
  const watched = new Map<string, string>()

  async function watch(keys: string[], options?: CallOptions): Promise<void> {
    const unknown = keys.filter((key) => !watched.has(key))
    const fingerprints = asArray(await run(FINGERPRINTS, unknown, [], options)).map(asString)
    for (const [i, key] of unknown.entries()) watched.set(key, fingerprints[i] ?? '')
  }

  const sendOne: Redis['send'] = async (command, options) => {
    const [name, ...keys] = command
    if (name === 'UNWATCH') watched.clear()
    else if (name === 'WATCH') await watch(keys.map(String), options)
    else return send(command, options)
    return 'OK'
  }

  async function transaction(commands: readonly Command[], options?: CallOptions): Promise<Outcome[]> {
    const keys = [...watched.keys()]
    const fingerprints = [...watched.values()]
    watched.clear()
    const binary = options?.binary ?? false
    const args = [binary ? 'bytes' : 'text', ...fingerprints, ...commands.flatMap(packed)]
    const replies = await run(TRANSACTION, keys, args, options)
    const queued = commands.map(() => ({ reply: 'QUEUED' }))
    const executed = replies === null ? null : asArray(replies).map((reply) => element(reply, binary))
    return [{ reply: 'OK' }, ...queued, { reply: executed }]
  }

  return {
    send: sendOne,
    async pipeline(commands, options) {
      if (commands[0]?.[0] === 'MULTI') return transaction(commands.slice(1, -1), options)
      const outcomes: Outcome[] = []
      for (const command of commands) outcomes.push(await outcomeOf(sendOne(command, options)))
      return outcomes
    },
  }
}

async function outcomeOf(sent: Promise<Reply>): Promise<Outcome> {
  try {
    return { reply: await sent }
  } catch (error) {
    if (isRefusal(error)) return { refused: error }
    throw error
  }
}

/** Of EXEC's reply: an error stands in it as node-redis puts it there. */
function element(reply: Reply, binary: boolean): Reply {
  const [kind, value = null] = asArray(reply)
  if (kind === 'refused') return new ErrorReply(asString(value))
  return binary ? toBuffers(value) : value
}
