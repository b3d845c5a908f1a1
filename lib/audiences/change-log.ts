import { createHash } from 'node:crypto'
import { AppError } from '../errors.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { readWhole } from '../s3/upload-stream.ts'
import type { LastAudience } from './audience-ledger.ts'
import { idHash } from './id-hash.ts'
import type { Prepared } from './prepared.ts'
import type { Member, Visit } from './reduce-runs.ts'
import { decodeRun, encodeRun, type UserClass } from './run-file.ts'
import { toleranceOf } from './tolerance.ts'

/** A user in one of the two audiences, or in both. */
export interface Change {
  id: string
  rank: number | null
  similarity: number | null
  rankBefore: number | null
  similarityBefore: number | null
  reason: string
}

export interface Changes {
  entered: Change[]
  left: Change[]
  stayed: Change[]
}

export interface ChangeLog {
  /** Called with every user that passes the filter. */
  visit: Visit
  /** The changes since the audience before; null if there is none to compare with. */
  compare(members: readonly Member[]): Changes | null
  warning?: string
}

interface Before {
  id: string
  rank: number
  similarity: number
  now?: { class: UserClass; similarity: number }
}

const NO_CHANGES: ChangeLog = { visit: () => {}, compare: () => null }

/** Compares an audience with the audience before, and says why users entered and left, if the reason is known. */
export async function changeLog(
  objects: ObjectStore,
  now: { id: string; definition: string; seeds: string },
  last: LastAudience | undefined,
): Promise<ChangeLog> {
  if (last === undefined) return NO_CHANGES
  const columns = await readMembersOf(objects, last)
  if (columns === undefined) {
    const warning = 'The audience before has expired, so this one is not compared with it'
    return { ...NO_CHANGES, warning }
  }
  const before = new Map<bigint, Before>()
  for (let i = 0; i < columns.count; i++) {
    const similarity = columns.similarities[i] ?? Number.NaN
    before.set(columns.hashes[i] ?? 0n, { id: columns.idOf(i), rank: i + 1, similarity })
  }
  const least = columns.similarities.at(-1) ?? Number.POSITIVE_INFINITY
  const cutBefore = last.isUncut ? Number.NEGATIVE_INFINITY : least
  // Both change the similarity of a user that did not change.
  const cause =
    last.definition !== now.definition ? 'definition' : last.seeds !== now.seeds ? 'other seeds' : undefined

  return {
    visit({ hash, ...user }) {
      const known = before.get(hash)
      if (known !== undefined) known.now = user
    },
    compare(members) {
      const left = new Map(before)
      const [entered, stayed]: [Change[], Change[]] = [[], []]
      members.forEach(({ id, similarity }, i) => {
        const hash = idHash(now.id, id)
        const known = left.get(hash)
        const is = { id, rank: i + 1, similarity }
        if (known === undefined) {
          // A user as similar as this would have been in the audience before.
          const isNew = similarity > cutBefore + toleranceOf(similarity)
          const reason = cause ?? (isNew ? 'new or changed' : 'moved up')
          entered.push({ ...is, rankBefore: null, similarityBefore: null, reason })
          return
        }
        left.delete(hash)
        const isSame = Math.abs(similarity - known.similarity) <= toleranceOf(similarity)
        const reason = isSame ? 'unchanged' : (cause ?? 'changed')
        stayed.push({ ...is, rankBefore: known.rank, similarityBefore: known.similarity, reason })
      })
      const gone = [...left.values()].map((user): Change => {
        const { id, rank, similarity } = user
        const similarityNow = user.now?.similarity ?? Number.NaN
        return {
          ...{ id, rank: null, similarity: Number.isNaN(similarityNow) ? null : similarityNow },
          ...{ rankBefore: rank, similarityBefore: similarity, reason: whyLeft(user, cause) },
        }
      })
      return { entered, left: gone, stayed }
    },
  }
}

/** The members of an audience; undefined if the bucket's lifecycle has deleted them. */
async function readMembersOf(objects: ObjectStore, { members }: LastAudience) {
  try {
    return decodeRun(await readWhole(objects, members))
  } catch (error) {
    if (error instanceof AppError && error.code === 'OBJECT_NOT_FOUND') return undefined
    throw error
  }
}

function whyLeft({ similarity, now }: Before, cause: string | undefined): string {
  if (now === undefined) return 'gone'
  if (now.class === 'held') return 'seed'
  if (now.class !== 'candidate') return now.class
  if (Math.abs(now.similarity - similarity) <= toleranceOf(similarity)) return 'displaced'
  return cause ?? 'changed'
}

/** The same for the same seeds with the same vectors. */
export function fingerprintOfSeeds({
  like,
  unlike,
  names,
}: Pick<Prepared, 'like' | 'unlike' | 'names'>): string {
  const hash = createHash('sha256').update(JSON.stringify(names))
  for (const { count, data } of [like, unlike]) {
    hash.update(`${count}\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex')
}

/** The file of an audience's members, for the refresh after it and to compare two audiences. */
export function encodeMembers(salt: string, members: readonly Member[]): Buffer {
  return encodeRun(
    members.map(({ id, similarity, nearest }) => {
      const hash = idHash(salt, id)
      return { id, hash, class: 'candidate', similarity, nearest, kept: Number.NaN, plain: Number.NaN }
    }),
  )
}
