import { createHash } from 'node:crypto'

/**
 * Names a user where no id may be: in the log and on the erasure list. A hash is no encryption: a person with a list of
 * ids can find the id of a hash.
 */
export function hashUserId(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}
