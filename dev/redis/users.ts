import { randomBytes } from 'node:crypto'
import type { IndexDefinition } from '../../lib/definition.ts'
import { aclSetUserArgs, aclUserName, isRole, ROLES, type Role } from '../../lib/redis/acl.ts'
import { connectRedis } from '../../lib/redis/connection.ts'
import type { OwnVariables } from '../local/lambda.ts'

export type UrlOf = (role: Role) => string

export interface UserOptions {
  /** Other definitions for which the functions need rights. */
  others?: readonly IndexDefinition[] | undefined
  /** The password of every function's user; random by default. */
  password?: string | undefined
}

/**
 * Creates an ACL user for each function on our own Redis, and returns the functions' URLs. The data folder does not
 * store ACL users, so a restarted server has none.
 */
export async function createUsers(
  url: string,
  definition: IndexDefinition,
  { others, password = randomBytes(16).toString('hex') }: UserOptions = {},
): Promise<UrlOf> {
  const admin = connectRedis({ source: { from: 'environment', url } })
  try {
    const lines = ROLES.map((role) => aclSetUserArgs(role, definition, `>${password}`, others && { others }))
    await Promise.all(lines.map((line) => admin.send(line)))
  } finally {
    await admin.close()
  }
  return (role) => url.replace('://', `://${aclUserName(role)}:${password}@`)
}

/** Lets each function of a local Lambda connect as its own ACL user. */
export function connectAsUsers(urlOf: UrlOf): OwnVariables {
  return (functionName) => (isRole(functionName) ? { REDIS_URL: urlOf(functionName) } : {})
}
