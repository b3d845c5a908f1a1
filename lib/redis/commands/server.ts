import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

export function infoServerArgs(): Command {
  return ['INFO', 'server']
}

/** `7.4.1`, and all else by its name. */
export function parseInfoServer(reply: Reply): { version: string; info: Partial<Record<string, string>> } {
  const info = parseInfo(reply)
  return { version: info.redis_version ?? 'unknown', info }
}

export function infoMemoryArgs(): Command {
  return ['INFO', 'memory']
}

/** Bytes in use, and how many there may be: `maxmemory`, else the machine's. */
export function parseInfoMemory(reply: Reply): { used: number; limit: number; policy: string } {
  const info = parseInfo(reply)
  const number = (name: string) => Number(info[name] ?? 0)
  const limit = number('maxmemory') || number('total_system_memory')
  return { used: number('used_memory'), limit, policy: info.maxmemory_policy ?? 'unknown' }
}

export function infoPersistenceArgs(): Command {
  return ['INFO', 'persistence']
}

/** Whether there is an append-only file, and whether what was last written to disk got there. */
export function parseInfoPersistence(reply: Reply): { aof: boolean; isWritten: boolean } {
  const info = parseInfo(reply)
  const last = [info.aof_last_write_status, info.aof_last_bgrewrite_status, info.rdb_last_bgsave_status]
  return {
    aof: info.aof_enabled === '1',
    isWritten: last.every((status) => status === undefined || status === 'ok'),
  }
}

/** How far a server is that loads its data, which answers -LOADING to all but a few commands. */
export interface Loading {
  /** 0..100 */
  percent: number
  /** Redis's own estimate; undefined at the beginning. */
  secondsLeft: number | undefined
}

/** From the reply to `INFO persistence`, one of those few; undefined when it loads nothing. */
export function parseInfoLoading(reply: Reply): Loading | undefined {
  const info = parseInfo(reply)
  if (info.loading !== '1') return undefined
  // "loading_eta_seconds:-1" until there is something to reckon by.
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

/** `{ search: "2.10.5", ReJSON: "2.8.3" }`: a module's version is written 21005. */
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

/** Waits until that many replicas have the writes of this connection, and all that the server took before them. */
export function waitArgs(replicas: number, timeoutMs: number): Command {
  return ['WAIT', String(replicas), String(timeoutMs)]
}

/** How many replicas have them; fewer than asked for when the time was up. */
export function parseWait(reply: Reply): number {
  return asNumber(reply)
}

/** Waits until the writes of this connection are in the append-only file and fsynced. */
export function waitAofArgs(timeoutMs: number): Command {
  return ['WAITAOF', '1', '0', String(timeoutMs)]
}

/** The reply must be looked at: with `appendfsync no` it says 0 after the whole timeout, and is no error. */
export function parseWaitAof(reply: Reply): boolean {
  return asNumber(asArray(reply)[0]) >= 1
}
