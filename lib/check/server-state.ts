import {
  infoClientsArgs,
  infoMemoryArgs,
  infoPersistenceArgs,
  infoServerArgs,
  moduleListArgs,
  parseInfoClients,
  parseInfoMemory,
  parseInfoPersistence,
  parseInfoServer,
  parseModuleList,
} from '../redis/commands/server.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'

/** The state that the server reports. */
export interface ServerState {
  versions: Partial<Record<string, string>>
  memory: { used: number; limit: number; policy: string }
  /** `limit` is `maxclients`, or Infinity on a server that does not report it. */
  clients: { connected: number; limit: number }
  aof: boolean
  /** Whether the last writes to disk succeeded. */
  isWritten: boolean
}

export async function readServer(redis: Redis, options?: CallOptions): Promise<ServerState> {
  const [server, modules, memory, clients, persistence] = await Promise.all([
    redis.send(infoServerArgs(), options),
    redis.send(moduleListArgs(), options),
    redis.send(infoMemoryArgs(), options),
    redis.send(infoClientsArgs(), options),
    redis.send(infoPersistenceArgs(), options),
  ])
  return {
    versions: { redis: parseInfoServer(server).version, ...parseModuleList(modules) },
    memory: parseInfoMemory(memory),
    clients: parseInfoClients(clients),
    ...parseInfoPersistence(persistence),
  }
}
