import { AppError } from '../errors.ts'
import type { Versions } from '../index-state/versions.ts'

export interface Claim {
  /** The deployed stack that asks; undefined on a developer's machine. */
  stack: string | undefined
  /** Takes the index from its owner. */
  force: boolean
}

/**
 * The versions as the stack may change them. An index without an owner becomes the stack's: it was made before owners
 * were stored, or by hand.
 *
 * Two stacks with one index would each change it to their own definition, back and forth.
 *
 * @throws AppError INDEX_OWNED
 */
export function claimIndex(name: string, versions: Versions, { stack, force }: Claim): Versions {
  const { owner } = versions
  if (owner === null || owner === stack) return { ...versions, owner: stack ?? owner }
  if (force) return { ...versions, owner: stack ?? null }
  throw new AppError(
    'INDEX_OWNED',
    `Expected the index ${name} to belong to ${stack ?? 'no deployed stack'}, it belongs to ${owner}: give this stack another name and prefix by INDEX_DEFINITION, or take the index over with force`,
  )
}
