import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

export function infoServerArgs(): Command {
  return ['INFO', 'server']
}

/** The version, such as `7.4.1`, and all members by name. */
export function parseInfoServer(reply: Reply): { version: string; info: Partial<Record<string, string>> } {
  const info = parseInfo(reply)
  return { version: info.redis_version ?? 'unknown', info }
}

export function infoMemoryArgs(): Command {
  return ['INFO', 'memory']
}

/** The used bytes and their limit: `maxmemory`, else the machine's memory. */
export function parseInfoMemory(reply: Reply): { used: number; limit: number; policy: string } {
  const info = parseInfo(reply)
  const number = (name: string) => Number(info[name] ?? 0)
  const limit = number('maxmemory') || number('total_system_memory')
  return { used: number('used_memory'), limit, policy: info.maxmemory_policy ?? 'unknown' }
}

export function infoClientsArgs(): Command {
  return ['INFO', 'clients']
}

/** The open connections and `maxclients`. The limit is Infinity on a server that does not report it. */
export function parseInfoClients(reply: Reply): { connected: number; limit: number } {
  const info = parseInfo(reply)
  return {
    connected: Number(info.connected_clients ?? 0),
    limit: Number(info.maxclients) || Number.POSITIVE_INFINITY,
  }
}

export function infoPersistenceArgs(): Command {
  return ['INFO', 'persistence']
}

/** Whether there is an append-only file, and whether the last writes to disk succeeded. */
export function parseInfoPersistence(reply: Reply): { aof: boolean; isWritten: boolean } {
  const info = parseInfo(reply)
  const last = [info.aof_last_write_status, info.aof_last_bgrewrite_status, info.rdb_last_bgsave_status]
  return {
    aof: info.aof_enabled === '1',
    isWritten: last.every((status) => status === undefined || status === 'ok'),
  }
}

/** The progress of a server that loads its data. Such a server answers -LOADING to all but a few commands. */
export interface Loading {
  /** 0..100 */
  percent: number
  /** Redis's own estimate; undefined at the beginning. */
  secondsLeft: number | undefined
}

/**
 * Parses the reply to `INFO persistence`, which a loading server answers. Returns undefined if the server is not
 * loading.
 */
export function parseInfoLoading(reply: Reply): Loading | undefined {
  const info = parseInfo(reply)
  if (info.loading !== '1') return undefined
  // The server reports -1 until it can estimate.
  const eta = Number(info.loading_eta_seconds ?? -1)
  return { percent: Number(info.loading_loaded_perc ?? 0), secondsLeft: eta < 0 ? undefined : eta }
}

function parseInfo(reply: Reply): Partial<Record<string, string>> {
  return Object.fromEntries(
    [...asString(reply).matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]),
  )
}

export function moduleListArgs(): Command {
  return ['MODULE', 'LIST']
}

/** `{ search: "2.10.5", ReJSON: "2.8.3" }`. The server reports a module's version as 21005. */
export function parseModuleList(reply: Reply): Record<string, string> {
  const modules = asArray(reply).map((module) => {
    const { name, ver } = asMap(module)
    const number = asNumber(ver)
    return [
      asString(name),
      `${Math.floor(number / 10_000)}.${Math.floor(number / 100) % 100}.${number % 100}`,
    ]
  })
  return Object.fromEntries(modules)
}

/** Waits until this many replicas have the writes of this connection, and all earlier writes of the server. */
export function waitArgs(replicas: number, timeoutMs: number): Command {
  return ['WAIT', String(replicas), String(timeoutMs)]
}

/** How many replicas have them. At the timeout, fewer than requested. */
export function parseWait(reply: Reply): number {
  return asNumber(reply)
}

/** Waits until the writes of this connection are in the append-only file and fsynced. */
export function waitAofArgs(timeoutMs: number): Command {
  return ['WAITAOF', '1', '0', String(timeoutMs)]
}

/** Callers must check it: with `appendfsync no` the reply is 0 after the whole timeout, and not an error. */
export function parseWaitAof(reply: Reply): boolean {
  return asNumber(asArray(reply)[0]) >= 1
}
