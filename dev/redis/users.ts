import { randomBytes } from 'node:crypto'
import type { IndexDefinition } from '../../lib/definition.ts'
import { aclSetUserArgs, aclUserName, isRole, ROLES, type Role } from '../../lib/redis/acl.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { OwnVariables } from '../local/lambda.ts'

export type UrlOf = (role: Role) => string

export interface UserOptions {
  /** Other definitions that the functions may write and search under. */
  others?: readonly IndexDefinition[] | undefined
  /** Of every function's user; else by chance. */
  password?: string | undefined
}

/**
 * Makes a user for each function on a Redis of our own, and gives the URLs with which the functions connect. No data
 * folder keeps them: a server that is started again has none.
 */
export async function createUsers(
  url: string,
  definition: IndexDefinition,
  { others, password = randomBytes(16).toString('hex') }: UserOptions = {},
): Promise<UrlOf> {
  const admin = connectRedis({ source: { from: 'environment', url } })
  try {
    const lines = ROLES.map((role) => aclSetUserArgs(role, definition, `>${password}`, others))
    await Promise.all(lines.map((line) => admin.send(line)))
  } finally {
    await admin.close()
  }
  return (role) => url.replace('://', `://${aclUserName(role)}:${password}@`)
}

/** Lets each function of a local Lambda connect as its user. */
export function asUsers(urlOf: UrlOf): OwnVariables {
  return (functionName) => (isRole(functionName) ? { REDIS_URL: urlOf(functionName) } : {})
}
