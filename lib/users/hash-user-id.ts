import { hash } from 'node:crypto'

/**
 * Names a user where no id may be: in the log and on the erasure list. A hash is no encryption: a person with a list of
 * ids can find the id of a hash. An import hashes every id, and `createHash` takes more than twice as long.
 */
export function hashUserId(id: string): string {
  return hash('sha256', id, 'hex')
}
