import type { ObjectStore } from '../s3/object-store.ts'
import { readWhole } from '../s3/upload-stream.ts'
import type { LastAudience } from './audience-ledger.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import { idHash } from './id-hash.ts'
import type { Member, Visit } from './reduce-runs.ts'
import { decodeRun, encodeRun, type UserClass } from './run-file.ts'

/** Two computations of one similarity differ by less. */
const TOLERANCE = 1e-6

export type Change = { id: string; similarity: number; rank: number | null; reason: string }

export interface ChangeLog {
  /** Sees every user that passes the filter. */
  visit: Visit
  /** Against the audience before; null for the first. */
  compare(members: readonly Member[]): { entered: Change[]; left: Change[]; stayed: number } | null
}

/** Compares an audience with the one before, and says why users came and went, as far as that can be told. */
export async function changeLog(
  objects: ObjectStore,
  report: Pick<AudienceReport, 'id' | 'definition'>,
  last: LastAudience | undefined,
): Promise<ChangeLog> {
  if (last === undefined) return { visit: () => {}, compare: () => null }
  const columns = decodeRun(await readWhole(objects, last.members))
  const before = new Map<
    bigint,
    { id: string; similarity: number; now?: { class: UserClass; similarity: number } }
  >()
  for (let i = 0; i < columns.count; i++) {
    const hash = columns.hashes[i] ?? 0n
    before.set(hash, { id: columns.idOf(i), similarity: columns.similarities[i] ?? Number.NaN })
  }
  const isRedefined = last.definition !== report.definition
  const cutBefore = columns.similarities.at(-1) ?? Number.POSITIVE_INFINITY

  return {
    visit({ hash, ...now }) {
      const known = before.get(hash)
      if (known !== undefined) known.now = now
    },
    compare(members) {
      const left = new Map(before)
      const entered: Change[] = []
      members.forEach(({ id, similarity }, i) => {
        if (left.delete(idHash(report.id, id))) return
        // A user as similar as this would have been in the file before.
        const isNew = similarity > cutBefore + TOLERANCE
        const reason = isRedefined ? 'definition' : isNew ? 'new or changed' : 'moved up'
        entered.push({ id, similarity, rank: i + 1, reason })
      })
      const stayed = members.length - entered.length
      const gone = [...left.values()].map(({ id, similarity, now }): Change => {
        return { id, similarity, rank: null, reason: whyLeft(similarity, now, isRedefined) }
      })
      return { entered, left: gone, stayed }
    },
  }
}

function whyLeft(
  before: number,
  now: { class: UserClass; similarity: number } | undefined,
  isRedefined: boolean,
): string {
  if (now === undefined) return 'gone'
  if (now.class === 'held') return 'seed'
  if (now.class !== 'candidate') return now.class
  if (isRedefined) return 'definition'
  return Math.abs(now.similarity - before) > TOLERANCE ? 'changed' : 'displaced'
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
