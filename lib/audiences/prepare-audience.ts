import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { liveDefinitionOf, readIndex } from '../index-state/index-status.ts'
import { existsArgs } from '../redis/commands/keys.ts'
import { type Connection, replyOf } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { averageVector } from '../search/average.ts'
import { scatterOf } from '../search/scatter.ts'
import { userKey } from '../users/user-record.ts'
import type { Vector } from '../vector.ts'
import type { AudienceRequest } from './audience-request.ts'
import { idHash } from './id-hash.ts'
import { type Member, type Members, readMembers } from './members.ts'
import type { Pacer } from './pacer.ts'
import type { Prepared } from './prepared.ts'
import { readIds } from './read-ids.ts'
import { readVectors } from './read-vectors.ts'
import { type VectorTable, vectorTable } from './scoring/vector-table.ts'

export interface PrepareDeps {
  connection: Connection
  objects: ObjectStore
  definition: IndexDefinition
  pace: Pacer
  /** Called now and then: a job that prepares for long must not look dead. */
  signOfLife(): Promise<void>
  /** A preview takes no more seeds than that. */
  mostSeeds?: number
}

/** 500,000 seeds of 384 dimensions: 770 MB as float32, of the 1,769 MB of the function. */
const MAX_COMPONENTS = 200_000_000
/** A hold-out of less tells nothing. */
const FEWEST_FOR_HOLDOUT = 10
/** Plain code compares some 0.3 G components a second: six seconds of a build. */
const PLAIN_COMPONENTS = 2_000_000_000
const SAMPLE = { least: 200, most: 50_000 }
const READ_AT_ONCE = 2_000

/** A seed with its vector. */
export type SeedVector = Member & { vector: Vector }

/**
 * Reads the seeds' vectors and the exclusions.
 *
 * @throws AppError INDEX_MISSING; SEEDS_UNUSABLE, SEEDS_TOO_MANY; VECTOR_*; what `readIds` throws
 */
export async function prepareAudience(
  deps: PrepareDeps,
  id: string,
  request: AudienceRequest,
): Promise<{ prepared: Prepared; found: readonly SeedVector[] }> {
  const reading = await readIndex({ redis: deps.connection, definition: deps.definition })
  if (reading.info === undefined) {
    throw new AppError('INDEX_MISSING', `Expected the index ${deps.definition.name}, got none`)
  }
  const definition = liveDefinitionOf(deps.definition, reading)
  const inLive = { ...deps, definition }
  const like = await readSeeds(inLive, request.like, 'like')
  const unlike = await readSeeds(inLive, request.unlike, 'unlike')
  if (like.found.length === 0) throw unusable(like)
  const excluded = await readExcluded(inLive, request.exclude)
  const { dimensions } = definition.vector
  const held = heldOut(id, like.found, request.holdout)
  const likeTable = tableOf(definition, like.found)
  const tables =
    request.strategy === 'average'
      ? { like: averages(definition, like.found, unlike.found, held), unlike: vectorTable([], dimensions) }
      : { like: likeTable, unlike: tableOf(definition, unlike.found) }
  const perUser = (tables.like.count + tables.unlike.count) * dimensions
  const sample = Math.min(SAMPLE.most, Math.max(SAMPLE.least, PLAIN_COMPONENTS / perUser))
  const prepared: Prepared = {
    index: reading.info.name,
    definition,
    documents: reading.info.documents,
    names: request.strategy === 'average' ? [] : like.found.map(({ name }) => name),
    held,
    seedUsers: [...like.users, ...unlike.users],
    heldUsers: held.flatMap((i) => like.found[i]?.name ?? []),
    excluded: excluded.ids,
    sampleShare: Math.min(1, sample / Math.max(1, reading.info.documents)),
    seeds: {
      given: like.given,
      used: like.found.length,
      missing: like.missing,
      unsearchable: like.unsearchable,
      doubled: like.doubled,
      unreadable: like.unreadable,
      scatter: scatterOf(likeTable),
      drewNobody: null,
    },
    problems: [...like.problems, ...unlike.problems, ...excluded.problems],
    warnings: warningsOf(request, reading.state, like.found, unlike),
    ...tables,
  }
  return { prepared, found: like.found }
}

async function readSeeds(deps: PrepareDeps, input: AudienceRequest['unlike'], list: 'like' | 'unlike') {
  const { members: all, doubled, unreadable } = await readMembers(deps, input, list)
  const members = all.slice(0, deps.mostSeeds)
  const components = members.length * deps.definition.vector.dimensions
  if (components > MAX_COMPONENTS) {
    const got = `${members.length} seeds of ${deps.definition.vector.dimensions} dimensions`
    throw new AppError('SEEDS_TOO_MANY', `Expected at most ${MAX_COMPONENTS} components of seeds, got ${got}`)
  }
  const users = members.flatMap(({ of }) => ('user' in of ? [of.user] : []))
  const vectors = new Map<string, Vector | null>()
  for (let i = 0; i < users.length; i += READ_AT_ONCE) {
    const part = users.slice(i, i + READ_AT_ONCE)
    const read = await readVectors(deps, part)
    for (const [j, user] of part.entries()) vectors.set(user, read[j] ?? null)
    await deps.signOfLife()
  }
  const found = members.flatMap((member): SeedVector[] => {
    const vector = 'vector' in member.of ? member.of.vector : vectors.get(member.of.user)
    return vector ? [{ ...member, vector }] : []
  })
  const unusable = users.filter((user) => vectors.get(user) === null)
  const isStored = await areStored(deps, unusable)
  const isMissing = unusable.map((_, i) => isStored[i] === false)
  return {
    found,
    users,
    given: members.length + doubled.length + unreadable.count,
    missing: isMissing.filter(Boolean).length,
    unsearchable: isMissing.filter((missing) => !missing).length,
    doubled: doubled.length,
    unreadable: unreadable.count,
    problems: problemsOf({ list, unusable, isMissing, doubled, unreadable }),
  }
}

async function areStored(
  { connection, definition, pace }: PrepareDeps,
  ids: readonly string[],
): Promise<boolean[]> {
  const stored: boolean[] = []
  for (let i = 0; i < ids.length; i += READ_AT_ONCE) {
    const keys = ids.slice(i, i + READ_AT_ONCE).map((id) => existsArgs(userKey(definition, id)))
    const outcomes = await pace.run(() => connection.pipeline(keys))
    stored.push(...outcomes.map((outcome) => replyOf(outcome) === 1))
    await pace.rest()
  }
  return stored
}

interface ListProblems extends Pick<Members, 'doubled' | 'unreadable'> {
  list: string
  unusable: readonly string[]
  isMissing: readonly boolean[]
}

function problemsOf({ list, unusable, isMissing, doubled, unreadable }: ListProblems): object[] {
  return [
    ...unreadable.named.map((one) => ({ list, ...one })),
    ...doubled.map((id) => ({ list, id, code: 'SEED_DOUBLED', message: 'The seed occurs more than once' })),
    ...unusable.map((id, i) =>
      isMissing[i]
        ? { list, id, code: 'USER_NOT_FOUND', message: 'Expected a stored user, got none' }
        : { list, id, code: 'USER_NOT_SEARCHABLE', message: 'Expected a user with a usable vector' },
    ),
  ]
}

async function readExcluded(
  deps: PrepareDeps,
  exclude: AudienceRequest['exclude'],
): Promise<{ ids: string[]; problems: object[] }> {
  if (exclude === undefined) return { ids: [], problems: [] }
  if (Array.isArray(exclude)) return { ids: [...new Set(exclude)], problems: [] }
  const { ids, unreadable } = await readIds(deps, exclude.key)
  // An exclusion that cannot be read must not let a customer into the file.
  if (unreadable.count > 0) {
    const [first] = unreadable.named
    throw new AppError(
      'FILE_MALFORMED',
      `${exclude.key}: Expected an id in each record of the exclusions, got ${unreadable.count} without one, first ${JSON.stringify(first)}`,
    )
  }
  return { ids: [...new Set(ids.map(({ id }) => id))], problems: [] }
}

/** The rows that are left out: always the same ones of the same seeds. */
function heldOut(salt: string, seeds: readonly SeedVector[], share: number): number[] {
  if (seeds.length < FEWEST_FOR_HOLDOUT) return []
  return seeds
    .flatMap(({ name, of }, row) => ('user' in of ? [{ row, hash: idHash(salt, name) }] : []))
    .toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
    .slice(0, Math.round(seeds.length * share))
    .map(({ row }) => row)
    .toSorted((a, b) => a - b)
}

function tableOf({ vector }: IndexDefinition, members: readonly SeedVector[]): VectorTable {
  return vectorTable(
    members.map((member) => member.vector),
    vector.dimensions,
  )
}

function averages(
  { vector }: IndexDefinition,
  like: readonly SeedVector[],
  unlike: readonly SeedVector[],
  held: readonly number[],
): VectorTable {
  const isHeld = new Set(held)
  const kept = like.filter((_, i) => !isHeld.has(i))
  const means = (held.length === 0 ? [like] : [like, kept]).map((members) =>
    averageVector({ like: members, unlike }, vector),
  )
  return vectorTable(means, vector.dimensions)
}

function unusable({ given, missing, unsearchable, unreadable }: Awaited<ReturnType<typeof readSeeds>>) {
  const why = `${missing} missing, ${unsearchable} without a usable vector, ${unreadable} unreadable`
  return new AppError('SEEDS_UNUSABLE', `Expected a seed that is a stored user, got ${given} seeds: ${why}`)
}

function warningsOf(
  { strategy }: AudienceRequest,
  state: string,
  like: readonly SeedVector[],
  unlike: { given: number; found: readonly SeedVector[]; doubled: number },
): string[] {
  const warnings: string[] = []
  const lost = unlike.given - unlike.doubled - unlike.found.length
  if (lost > 0)
    warnings.push(`${lost} of ${unlike.given} members of unlike cannot be used: see seeds-problems.ndjson`)
  if (state !== 'ready')
    warnings.push(`The index is ${state}: users that it does not hold are not in the audience`)
  if (strategy === 'best_score' && like.some(({ weight }) => weight !== 1))
    warnings.push('Weights count only with the strategy average; best_score takes the nearest seed')
  return warnings
}
