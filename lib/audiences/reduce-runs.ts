import type { ObjectStore } from '../s3/object-store.ts'
import { readWhole } from '../s3/upload-stream.ts'
import type { AudienceCounts, Certificate, CurvePoint, Holdout } from './audience-report-schema.ts'
import type { AudienceRequest } from './audience-request.ts'
import { CLASSES, decodeRun, type RunColumns, type UserClass } from './run-file.ts'
import { certificateOf, curveOf, holdoutOf } from './statistics.ts'
import { toleranceOf } from './tolerance.ts'

/** A row of an audience, before its fields are read. */
export interface Member {
  id: string
  similarity: number
  nearest: number
}

export interface Reduced {
  counts: AudienceCounts
  curve: CurvePoint[]
  holdout: Holdout | null
  certificate: Certificate | null
  /** Nearest first, equal similarities by id. */
  members: Member[]
}

/** Scored users in parts, which are read more than once. */
export type Runs = () => AsyncIterable<RunColumns>

/** Called with each user once: what a refresh compares. */
export type Visit = (user: { hash: bigint; class: UserClass; similarity: number }) => void

/**
 * Puts the runs together: each user once, though SCAN may give a key twice; the nearest of them in their order; and what
 * became of all others. The columns of all users are in memory, some 25 bytes a user; of the ids only those exported.
 *
 * @param heldWeight how `holdoutOf` takes it
 * @param matched the number of which a size in percent is a part, if the runs have more users than that
 */
export async function reduceRuns(
  runs: Runs,
  size: AudienceRequest['size'],
  { visit, heldWeight, matched }: { visit?: Visit; heldWeight?: number; matched?: number } = {},
): Promise<Reduced> {
  const counts = { ...NO_COUNTS }
  const [candidates, keptOfCandidates, keptOfHeld] = [floatList(), floatList(), floatList()]
  const plain = { unliked: floatList(), candidate: floatList(), own: floatList() }
  const doubled = await doublesOf(runs)

  for await (const { columns, indexes } of eachOnce(runs, doubled)) {
    for (const i of indexes) {
      const of = CLASSES[columns.classes[i] ?? 0] ?? 'candidate'
      const similarity = columns.similarities[i] ?? Number.NaN
      counts.matched++
      counts[COUNTED_AS[of]]++
      visit?.({ hash: columns.hashes[i] ?? 0n, class: of, similarity })
      if (of === 'held') keptOfHeld.push(columns.kept[i] ?? Number.NaN)
      const plainly = columns.plain[i] ?? Number.NaN
      if (of === 'candidate') {
        candidates.push(similarity)
        keptOfCandidates.push(columns.kept[i] ?? Number.NaN)
        if (!Number.isNaN(plainly)) {
          plain.candidate.push(plainly)
          plain.own.push(similarity)
        }
      }
      if (of === 'unliked' && !Number.isNaN(plainly)) plain.unliked.push(plainly)
    }
  }

  const similarities = candidates.take().sort().reverse()
  const whole = matched ?? counts.matched
  const exported = exportedOf(size, similarities, whole)
  counts.exported = exported
  counts.beyondSize = similarities.length - exported
  const cut = similarities[exported - 1] ?? Number.POSITIVE_INFINITY
  const members = await membersOf(runs, doubled, { cut, exported })
  return {
    counts,
    curve: curveOf(similarities, whole),
    holdout: holdoutOf(keptOfHeld.take(), keptOfCandidates.take(), exported, heldWeight),
    certificate: certify(),
    members,
  }

  /** Users that plain code puts into the audience, and that are not in it: below the cut, or counted as unliked. */
  function certify(): Certificate | null {
    const sampled = plain.candidate.take()
    const own = plain.own.take()
    const unliked = plain.unliked.take()
    const least =
      'minSimilarity' in size
        ? Math.fround(size.minSimilarity)
        : counts.beyondSize === 0
          ? Number.NEGATIVE_INFINITY
          : cut
    const belongs = (similarity: number) =>
      similarity > Number.NEGATIVE_INFINITY && similarity >= least + toleranceOf(similarity)
    const below = sampled.filter((similarity, i) => (own[i] ?? 0) < least && belongs(similarity)).length
    const wrongly = unliked.filter(belongs).length
    return certificateOf(
      below + wrongly,
      sampled.length + unliked.length,
      similarities.length + counts.unliked,
    )
  }
}

const NO_COUNTS = {
  ...{ matched: 0, exported: 0, seeds: 0, excluded: 0, unliked: 0, beyondSize: 0, unreadable: 0 },
}

/** A candidate is exported or beyond the size: that is told when all are known. */
const COUNTED_AS = {
  candidate: 'beyondSize',
  seed: 'seeds',
  held: 'seeds',
  excluded: 'excluded',
  unreadable: 'unreadable',
  unliked: 'unliked',
} as const satisfies Record<UserClass, keyof AudienceCounts>

/** @param similarities largest first */
function exportedOf(size: AudienceRequest['size'], similarities: Float32Array, matched: number): number {
  if ('users' in size) return Math.min(size.users, similarities.length)
  if ('percent' in size) return Math.min(Math.round((matched * size.percent) / 100), similarities.length)
  // Similarities are float32. That of 0.9 is less than the double 0.9, and a person sees 0.9 in the file.
  const least = Math.fround(size.minSimilarity)
  const below = similarities.findIndex((similarity) => similarity < least)
  return below === -1 ? similarities.length : below
}

async function membersOf(
  runs: Runs,
  doubled: Doubled,
  { cut, exported }: { cut: number; exported: number },
): Promise<Member[]> {
  const members: Member[] = []
  if (exported === 0) return members
  for await (const { columns, indexes } of eachOnce(runs, doubled)) {
    for (const i of indexes) {
      const similarity = columns.similarities[i] ?? Number.NaN
      if (CLASSES[columns.classes[i] ?? 0] !== 'candidate' || !(similarity >= cut)) continue
      members.push({ id: columns.idOf(i), similarity, nearest: columns.nearest[i] ?? 0 })
    }
  }
  members.sort((a, b) => b.similarity - a.similarity || (a.id < b.id ? -1 : 1))
  members.length = exported
  return members
}

/** The hashes that occur more than once, and the place where each occurs last: that is the newest. */
type Doubled = ReadonlyMap<bigint, string>

async function doublesOf(runs: Runs): Promise<Doubled> {
  const parts: BigUint64Array[] = []
  for await (const { hashes } of runs()) parts.push(hashes.slice())
  const all = new BigUint64Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  all.sort()
  const doubled = new Set<bigint>()
  for (let i = 1; i < all.length; i++) {
    const hash = all[i]
    if (hash !== undefined && hash === all[i - 1]) doubled.add(hash)
  }
  const last = new Map<bigint, string>()
  if (doubled.size === 0) return last
  for (const [run, { hashes }] of parts.map((hashes, run) => [run, { hashes }] as const)) {
    hashes.forEach((hash, i) => {
      if (doubled.has(hash)) last.set(hash, `${run}:${i}`)
    })
  }
  return last
}

/** The users of each run that count: of a user that was scanned twice only the last. */
async function* eachOnce(runs: Runs, doubled: Doubled) {
  let run = 0
  for await (const columns of runs()) {
    const indexes: number[] = []
    for (let i = 0; i < columns.count; i++) {
      const last = doubled.size === 0 ? undefined : doubled.get(columns.hashes[i] ?? 0n)
      if (last === undefined || last === `${run}:${i}`) indexes.push(i)
    }
    yield { columns, indexes }
    run++
  }
}

/** The runs of a job, from the bucket. */
export function storedRuns(objects: ObjectStore, keys: readonly string[]): Runs {
  return async function* () {
    for (const key of keys) yield decodeRun(await readWhole(objects, key))
  }
}

/** A list of float32 that grows. */
function floatList() {
  let floats = new Float32Array(1024)
  let length = 0
  return {
    push(value: number): void {
      if (length === floats.length) {
        const larger = new Float32Array(length * 2)
        larger.set(floats)
        floats = larger
      }
      floats[length++] = value
    },
    take: () => floats.subarray(0, length),
  }
}
