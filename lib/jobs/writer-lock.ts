import { randomUUID } from 'node:crypto'
import {
  clientKillArgs,
  clientListArgs,
  clientSetNameArgs,
  parseClientList,
} from '../redis/commands/clients.ts'
import { type Command, type Connection, replyOf } from '../redis/redis.ts'
import { CONFLICT, retryOnConflict } from '../redis/retry-on-conflict.ts'

export interface WriterLock<TState extends { writer?: string }, TClaim> {
  /** `import:7666cf24d3e54751`: names the job among all connections of the server. */
  job: string
  /** The end of the sentence "Expected to …", for the error. */
  purpose: string
  /** Reads the job's state, and watches the key that holds it. */
  watch(): Promise<TState>
  /** Why there is nothing to write, from the state. */
  nothingToDo(state: TState): TClaim | undefined
  /** Called while another connection is the writer: the answer if it may go on; undefined if this one is to end it. */
  leftAlone(state: TState): TClaim | undefined
  /** What the connection takes over, and the commands that note it. */
  take(state: TState, writer: string): { claim: TClaim; commands: Command[] }
}

/**
 * Makes this connection the one writer of a job, or says why not. The writer is a connection with a name, and that is
 * its fencing token: a connection that takes over ends the earlier one first, and the server executes nothing more of
 * what that one sent (docs/decisions/0007). A writer that died has no connection, so it is replaced at once.
 */
export async function becomeWriter<TState extends { writer?: string }, TClaim>(
  connection: Connection,
  { job, purpose, watch, nothingToDo, leftAlone, take }: WriterLock<TState, TClaim>,
): Promise<TClaim> {
  const name = await nameWriter(connection, job)
  return retryOnConflict(connection, { purpose }, async (commit) => {
    const state = await watch()
    const nothing = nothingToDo(state)
    if (nothing !== undefined) return nothing
    const rival = state.writer === undefined ? undefined : await findWriter(connection, state.writer)
    if (rival !== undefined) {
      const alone = leftAlone(state)
      if (alone !== undefined) return alone
      await connection.send(clientKillArgs(rival))
      return CONFLICT
    }
    const { claim, commands } = take(state, name)
    const outcomes = await commit(commands)
    if (outcomes === CONFLICT) return CONFLICT
    outcomes.map(replyOf)
    return claim
  })
}

async function nameWriter(connection: Connection, job: string): Promise<string> {
  const name = `lookalike:${job}:${randomUUID()}`
  await connection.send(clientSetNameArgs(name))
  return name
}

/** The server's id of the connection with that name; `undefined` when it is gone. */
async function findWriter(connection: Connection, name: string): Promise<string | undefined> {
  return parseClientList(await connection.send(clientListArgs()), name)
}
