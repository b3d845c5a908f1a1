import type { Command, Reply } from '../redis.ts'
import { asString } from '../reply.ts'

export function clientSetNameArgs(name: string): Command {
  return ['CLIENT', 'SETNAME', name]
}

export function clientListArgs(): Command {
  return ['CLIENT', 'LIST', 'TYPE', 'normal']
}

/** The id of the connection with this name. */
export function parseClientList(reply: Reply, name: string): string | undefined {
  const line = asString(reply)
    .split('\n')
    .find((text) => text.split(' ').includes(`name=${name}`))
  return /^id=(\d+)/.exec(line ?? '')?.[1]
}

/** Ends a connection. The server discards commands that it has received and not yet executed. */
export function clientKillArgs(id: string): Command {
  return ['CLIENT', 'KILL', 'ID', id]
}
