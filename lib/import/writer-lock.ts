import { randomUUID } from 'node:crypto'
import {
  clientKillArgs,
  clientListArgs,
  clientSetNameArgs,
  parseClientList,
} from '../redis/commands/clients.ts'
import type { Connection } from '../redis/redis.ts'

/**
 * The writer of an object's import is a connection with a name, and its fencing token: who takes over ends that
 * connection first, and the server executes nothing more of what it sent (docs/decisions/0007). A writer that died has
 * no connection, so it is replaced at once, not after an expiry.
 */
export async function nameWriter(connection: Connection, importId: string): Promise<string> {
  const name = `lookalike:import:${importId}:${randomUUID()}`
  await connection.send(clientSetNameArgs(name))
  return name
}

/** The server's id of the connection with that name; `undefined` when it is gone. */
export async function findWriter(connection: Connection, name: string): Promise<string | undefined> {
  return parseClientList(await connection.send(clientListArgs()), name)
}

export async function endWriter(connection: Connection, clientId: string): Promise<void> {
  await connection.send(clientKillArgs(clientId))
}
