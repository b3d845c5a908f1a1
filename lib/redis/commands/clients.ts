import type { Command, Reply } from '../redis.ts'
import { asString } from '../reply.ts'

export function clientSetNameArgs(name: string): Command {
  return ['CLIENT', 'SETNAME', name]
}

export function clientListArgs(): Command {
  return ['CLIENT', 'LIST', 'TYPE', 'normal']
}

/** The id of the connection with that name. */
export function parseClientList(reply: Reply, name: string): string | undefined {
  const line = asString(reply)
    .split('\n')
    .find((text) => text.split(' ').includes(`name=${name}`))
  return /^id=(\d+)/.exec(line ?? '')?.[1]
}

/** Ends a connection: what it has sent and the server has not yet executed is not executed. */
export function clientKillArgs(id: string): Command {
  return ['CLIENT', 'KILL', 'ID', id]
}
