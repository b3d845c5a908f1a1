import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

export function infoServerArgs(): Command {
  return ['INFO', 'server']
}

/** `7.4.1` */
export function parseRedisVersion(reply: Reply): string {
  return /^redis_version:(\S+)/m.exec(asString(reply))?.[1] ?? 'unknown'
}

export function infoMemoryArgs(): Command {
  return ['INFO', 'memory']
}

/** Bytes in use, and how many there may be: `maxmemory`, else the machine's. */
export function parseInfoMemory(reply: Reply): { used: number; limit: number } {
  const text = asString(reply)
  const number = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  return { used: number('used_memory'), limit: number('maxmemory') || number('total_system_memory') }
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

/** Waits until the writes of this connection are in the append-only file and fsynced. */
export function waitAofArgs(timeoutMs: number): Command {
  return ['WAITAOF', '1', '0', String(timeoutMs)]
}

/** The reply must be looked at: with `appendfsync no` it says 0 after the whole timeout, and is no error. */
export function parseWaitAof(reply: Reply): boolean {
  return asNumber(asArray(reply)[0]) >= 1
}
