import type { Command, Reply } from '../redis.ts'
import { asArray, asMap, asNumber, asString } from '../reply.ts'

/** A server's address, as a sentinel reports it. */
export interface Address {
  host: string
  port: number
}

/** During a failover, this names the new primary slightly earlier than SENTINEL MASTER does. */
export function sentinelAddressArgs(name: string): Command {
  return ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]
}

/** `undefined` if the sentinel does not watch this name. */
export function parseSentinelAddress(reply: Reply): Address | undefined {
  if (reply === null) return undefined
  const [host, port] = asArray(reply)
  return { host: asString(host), port: asNumber(port) }
}

export function sentinelMasterArgs(name: string): Command {
  return ['SENTINEL', 'MASTER', name]
}

/** Each failover raises it. If two sentinels disagree, the one with the greater epoch is right. */
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

/** `[master, …]`, `[slave, host, port, connected, offset]`, or a sentinel's reply. */
export function parseRole(reply: Reply): ServerRole {
  const [role, , , link] = asArray(reply)
  if (role === 'master') return 'primary'
  if (role !== 'slave') return 'other'
  return link === 'connected' ? 'replica' : 'replica without its primary'
}
