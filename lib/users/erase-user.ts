import * as v from 'valibot'
import { AppError } from '../errors.ts'
import { delArgs } from '../redis/commands/keys.ts'
import type { CallOptions } from '../redis/redis.ts'
import { asNumber } from '../redis/reply.ts'
import type { UsersDeps } from './change-user.ts'
import type { Conditions } from './conditions.ts'
import { ELSEWHERE, PlaceSchema } from './elsewhere.ts'
import { addErasure, type ErasureDeps, isErased, removeErasure } from './erasures.ts'
import { deleteUser, type PutUser, putUser } from './manage-users.ts'
import { quarantineKey } from './quarantine-key.ts'

export const RemovedUserSchema = v.object({
  id: v.string(),
  deleted: v.pipe(v.boolean(), v.description('Whether Redis had the user')),
  erased: v.pipe(v.boolean(), v.description('Whether the person is on the erasure list now')),
  elsewhere: v.pipe(v.array(PlaceSchema), v.description('Where else the person may be')),
})
export type RemovedUser = v.InferOutput<typeof RemovedUserSchema>

/** A query parameter that must be written out. Any other value is refused. */
const FlagSchema = v.optional(v.picklist(['true', 'false']), 'false')
export const EraseSchema = FlagSchema
export const RestoreSchema = FlagSchema

export type EraseDeps = UsersDeps & ErasureDeps

/**
 * Deletes the user and says where else the person may be.
 *
 * @throws AppError USER_NOT_FOUND, PRECONDITION_FAILED
 */
export async function removeUser(
  deps: EraseDeps,
  id: string,
  conditions: Conditions = {},
  options?: CallOptions,
): Promise<RemovedUser> {
  await deleteUser(deps, id, conditions, options)
  return { id, deleted: true, erased: false, elsewhere: [...ELSEWHERE] }
}

/**
 * Erases a person: no import and no PUT brings the person back. The person need not be stored. The list comes first.
 * A writer that has read it before writes before the deletion. Any other writer finds the person on the list.
 *
 * @throws AppError ERASURES_FULL
 */
export async function eraseUser(deps: EraseDeps, id: string, options?: CallOptions): Promise<RemovedUser> {
  await addErasure(deps, id, options)
  const deleted = await deleteIfStored(deps, id, options)
  const quarantined = await deps.redis.send(delArgs(quarantineKey(deps.definition, id)), options)
  return { id, deleted: deleted || asNumber(quarantined) > 0, erased: true, elsewhere: [...ELSEWHERE] }
}

/**
 * Writes the user, unless the person is erased. With `restore`, the person leaves the list.
 *
 * @throws AppError ERASED, and those of `putUser`
 */
export async function putUnlessErased(
  deps: EraseDeps,
  id: string,
  record: Buffer,
  { restore, ...conditions }: Conditions & { restore: boolean },
  options?: CallOptions,
): Promise<PutUser> {
  if (restore) return restoreUser(deps, id, record, conditions, options)
  if (await isErased(deps, id, options)) throw erasedError()
  const put = await putUser(deps, id, record, conditions, options)
  // The person was erased during the write, perhaps after its deletion.
  if (!(await isErased(deps, id, options))) return put
  await deleteIfStored(deps, id, options)
  throw erasedError()
}

/** A write that is refused leaves the person on the list. */
async function restoreUser(
  deps: EraseDeps,
  id: string,
  record: Buffer,
  conditions: Conditions,
  options?: CallOptions,
): Promise<PutUser> {
  const wasErased = await removeErasure(deps, id, options)
  try {
    return await putUser(deps, id, record, conditions, options)
  } catch (error) {
    if (wasErased) await addErasure(deps, id, options)
    throw error
  }
}

/** Answers whether the user was stored. */
function deleteIfStored(deps: EraseDeps, id: string, options?: CallOptions): Promise<boolean> {
  return deleteUser(deps, id, {}, options).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AppError && error.code === 'USER_NOT_FOUND') return false
      throw error
    },
  )
}

function erasedError(): AppError {
  return new AppError(
    'ERASED',
    'Expected a user that may be stored, got an erased one: with ?restore=true it may be stored again',
  )
}
