import type { Command, Reply } from '../redis.ts'
import { asArray, asString } from '../reply.ts'

/** The real names of all indexes of the server, including those of other applications. */
export function ftListArgs(): Command {
  return ['FT._LIST']
}

export function parseFtList(reply: Reply): string[] {
  return asArray(reply).map(asString)
}
