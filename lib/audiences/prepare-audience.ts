import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { liveDefinitionOf, readIndex } from '../index-state/index-status.ts'
import { averageVector } from '../search/average.ts'
import { scatterOf } from '../search/scatter.ts'
import type { AudienceRequest } from './audience-request.ts'
import { type SampleDeps, sampleShare } from './certificate-sample.ts'
import { idHash } from './id-hash.ts'
import type { Member } from './members.ts'
import type { Prepared } from './prepared.ts'
import { readExclusions } from './read-exclusions.ts'
import { readSeeds, type Seeds, type SeedsDeps } from './read-seeds.ts'
import { rowOf, type VectorTable, vectorTable } from './scoring/vector-table.ts'

/** Fewer seeds are too few to judge an audience by a part of them. */
const FEWEST_FOR_HOLDOUT = 10

/** The members of `like`, and their vectors, before the strategy makes means of them. */
export type LikeSeeds = Pick<Seeds, 'found' | 'table'>

/**
 * Reads the seeds' vectors and the exclusions.
 *
 * @throws AppError INDEX_MISSING; SEEDS_UNUSABLE, SEEDS_TOO_MANY; VECTOR_*; what `readIds` and
 *   `readExclusions` throw
 */
export async function prepareAudience(
  deps: SeedsDeps & SampleDeps,
  id: string,
  request: AudienceRequest,
): Promise<{ prepared: Prepared; seeds: LikeSeeds }> {
  const reading = await readIndex({ redis: deps.connection, definition: deps.definition })
  if (reading.info === undefined) {
    throw new AppError('INDEX_MISSING', `Expected the index ${deps.definition.name}, got none`)
  }
  const definition = liveDefinitionOf(deps.definition, reading)
  const inLive = { ...deps, definition }
  const like = await readSeeds(inLive, request.like, 'like')
  const unlike = await readSeeds(inLive, request.unlike, 'unlike')
  if (like.found.length === 0) throw unusable(like)
  const excluded = await readExclusions(inLive, request.exclude)
  const { dimensions } = definition.vector
  const held = heldOut(id, like.found, request.holdout)
  const tables =
    request.strategy === 'average'
      ? { like: averages(definition, like, unlike, held), unlike: vectorTable([], dimensions) }
      : { like: like.table, unlike: unlike.table }
  const perUser = (tables.like.count + tables.unlike.count) * dimensions
  const { given, missing, unsearchable, doubled, unreadable } = like
  const counts = { given, used: like.found.length, missing, unsearchable, doubled, unreadable }
  const prepared: Prepared = {
    index: reading.info.name,
    definition,
    documents: reading.info.documents,
    names: request.strategy === 'average' ? [] : like.found.map(({ name }) => name),
    held,
    seedUsers: [...like.users, ...unlike.users],
    heldUsers: held.flatMap((i) => like.found[i]?.name ?? []),
    excluded: excluded.ids,
    sampleShare: await sampleShare(inLive, reading.info, request.filter, perUser),
    seeds: { ...counts, scatter: scatterOf(like.table), drewNobody: null },
    problems: [...like.problems, ...unlike.problems, ...excluded.problems],
    warnings: [
      ...[...like.warnings, ...unlike.warnings, ...excluded.warnings],
      ...warningsOf(request, reading.state, like.found, unlike),
    ],
    ...tables,
  }
  return { prepared, seeds: like }
}

/** The rows that are left out: always the same ones of the same seeds. A vector is no user that could be found. */
function heldOut(salt: string, seeds: readonly Member[], share: number): number[] {
  if (seeds.length < FEWEST_FOR_HOLDOUT) return []
  return seeds
    .flatMap(({ name, vector }, row) => (vector === undefined ? [{ row, hash: idHash(salt, name) }] : []))
    .toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
    .slice(0, Math.round(seeds.length * share))
    .map(({ row }) => row)
    .toSorted((a, b) => a - b)
}

function averages(
  { vector }: IndexDefinition,
  like: LikeSeeds,
  unlike: LikeSeeds,
  held: readonly number[],
): VectorTable {
  const isHeld = new Set(held)
  const weighted = ({ found, table }: LikeSeeds) =>
    found.map(({ weight }, row) => ({ weight, vector: rowOf(table, row) }))
  const [all, unwanted] = [weighted(like), weighted(unlike)]
  const kept = all.filter((_, i) => !isHeld.has(i))
  const means = (held.length === 0 ? [all] : [all, kept]).map((members) =>
    averageVector({ like: members, unlike: unwanted }, vector),
  )
  return vectorTable(means, vector.dimensions)
}

function unusable({ given, missing, unsearchable, unreadable }: Seeds) {
  const why = `${missing} missing, ${unsearchable} without a usable vector, ${unreadable} unreadable`
  return new AppError('SEEDS_UNUSABLE', `Expected a seed that is a stored user, got ${given} seeds: ${why}`)
}

function warningsOf(
  { strategy }: AudienceRequest,
  state: string,
  like: readonly Member[],
  unlike: Pick<Seeds, 'given' | 'found' | 'doubled'>,
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
