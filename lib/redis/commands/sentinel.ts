import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

/** Where a server listens, as a sentinel knows it. */
export interface Address {
  host: string
  port: number
}

/** While a failover is under way it names the new primary a little earlier than SENTINEL MASTER does. */
export function sentinelAddressArgs(name: string): Command {
  return ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]
}

/** `undefined` for a name that the sentinel does not watch. */
export function parseSentinelAddress(reply: Reply): Address | undefined {
  if (reply === null) return undefined
  const [host, port] = asArray(reply)
  return { host: asString(host), port: asNumber(port) }
}

export function sentinelMasterArgs(name: string): Command {
  return ['SENTINEL', 'MASTER', name]
}

/** Grows with each failover: of two sentinels that disagree, the one with the greater epoch is right. */
export function parseConfigEpoch(reply: Reply): number {
  return asNumber(asMap(reply)['config-epoch'])
}

export function sentinelReplicasArgs(name: string): Command {
  return ['SENTINEL', 'REPLICAS', name]
}

/** The replicas that are up and connected to their primary. */
export function parseSentinelReplicas(reply: Reply): Address[] {
  return asArray(reply)
    .map(asMap)
    .filter((replica) => asString(replica.flags) === 'slave' && replica['master-link-status'] === 'ok')
    .map(({ ip, port }) => ({ host: asString(ip), port: asNumber(port) }))
}

export function roleArgs(): Command {
  return ['ROLE']
}

export type ServerRole = 'primary' | 'replica' | 'replica without its primary' | 'other'

/** `[master, …]`, `[slave, host, port, connected, offset]`, or a sentinel's. */
export function parseRole(reply: Reply): ServerRole {
  const [role, , , link] = asArray(reply)
  if (role === 'master') return 'primary'
  if (role !== 'slave') return 'other'
  return link === 'connected' ? 'replica' : 'replica without its primary'
}
