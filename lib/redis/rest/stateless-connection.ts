import { ErrorReply } from 'redis'
import type { CallOptions, Command, Connection, Outcome, Redis, Reply } from '../redis.ts'
import { asArray, asString } from '../reply.ts'
import { isRefusal } from '../server-errors.ts'
import { packCommand, toBuffers } from './request.ts'
import { FINGERPRINTS, type Script, TRANSACTION } from './scripts.ts'

export type RunScript = (
  script: Script,
  keys: string[],
  args: string[],
  options?: CallOptions,
) => Promise<Reply>

/**
 * A lease without a connection: sequential commands, and transactions. WATCH stores fingerprints of the keys. A
 * transaction, which is one script, executes nothing if a fingerprint has changed. It does not notice a key that was
 * rewritten with the same value.
 */
export function statelessConnection(send: Redis['send'], run: RunScript): Connection {
  /** The fingerprint of each key when it was first watched. */
  const watched = new Map<string, string>()

  async function watch(keys: string[], options?: CallOptions): Promise<void> {
    const unwatched = keys.filter((key) => !watched.has(key))
    const fingerprints = asArray(await run(FINGERPRINTS, unwatched, [], options)).map(asString)
    for (const [i, key] of unwatched.entries()) watched.set(key, fingerprints[i] ?? '')
  }

  const sendOne: Redis['send'] = async (command, options) => {
    const [name, ...keys] = command
    if (name === 'UNWATCH') watched.clear()
    else if (name === 'WATCH') await watch(keys.map(String), options)
    else return send(command, options)
    return 'OK'
  }

  async function runTransaction(commands: readonly Command[], options?: CallOptions): Promise<Outcome[]> {
    const keys = [...watched.keys()]
    const fingerprints = [...watched.values()]
    watched.clear()
    const binary = options?.binary ?? false
    const args = [binary ? 'bytes' : 'text', ...fingerprints, ...commands.flatMap(packCommand)]
    const replies = await run(TRANSACTION, keys, args, options)
    const queued = commands.map(() => ({ reply: 'QUEUED' }))
    const executed = replies === null ? null : asArray(replies).map((reply) => toExecElement(reply, binary))
    return [{ reply: 'OK' }, ...queued, { reply: executed }]
  }

  return {
    send: sendOne,
    async pipeline(commands, options) {
      if (commands[0]?.[0] === 'MULTI') return runTransaction(commands.slice(1, -1), options)
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

/** One element of EXEC's reply. node-redis puts a refused command's error there, so this does, too. */
function toExecElement(reply: Reply, binary: boolean): Reply {
  const [kind, value = null] = asArray(reply)
  if (kind === 'refused') return new ErrorReply(asString(value))
  return binary ? toBuffers(value) : value
}
