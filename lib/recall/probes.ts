import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftSearchKnnArgs, type KnnQuery, wholeRows } from '../redis/commands/ft-search.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { MATCH_ALL } from '../search/filter.ts'
import { queryVector, seedsOf } from '../search/seeds.ts'
import { toBytes, type Vector } from '../vector.ts'

/** Where recall is measured: the real index, whatever its name leads to by then. */
export interface MeasureDeps {
  redis: Redis
  definition: IndexDefinition
  index: string
}

/** A query with its answer: the `count` nearest (ten, or all of fewer users) lie within `radius`. */
export interface Probe {
  vector: Buffer
  count: number
  radius: number
}

const K = 10

/**
 * Queries that are nobody's own vector, each the mean of `members` of the sample as `like` makes it. Stored vectors
 * would flatter: recall@10 of 0.991 at EF_RUNTIME 32, where queries that nobody stored have 0.930 and means of two 0.93.
 */
export async function makeProbes(
  deps: MeasureDeps,
  sample: ReadonlyMap<string, Vector>,
  { count, members, random }: { count: number; members: number; random: () => number },
  options?: CallOptions,
): Promise<Probe[]> {
  const probes: Probe[] = []
  if (sample.size < 2) return probes
  for (let i = 0; i < count; i++) {
    const vector = meanOf(draw([...sample.keys()], members, random), sample, deps.definition)
    if (vector === undefined) continue
    // One at a time, so that searches get their turn between two exact ones.
    const probe = await solve(deps, toBytes(vector, deps.definition.vector.type), options)
    if (probe.count > 0) probes.push(probe)
  }
  return probes
}

/** How many of their nearest HNSW finds for all probes together, 0 to 1. By distance: who is equally near is as good. */
export async function recallOf(
  deps: MeasureDeps,
  probes: readonly Probe[],
  efRuntime: number,
  options?: CallOptions,
): Promise<number> {
  let wanted = 0
  let found = 0
  for (const { vector, count, radius } of probes) {
    const distances = await ask(deps, { vector, k: count, efRuntime }, options)
    wanted += count
    found += distances.filter((distance) => distance <= radius).length
  }
  return found / wanted
}

/** A query with what brute force finds. */
export async function solve(deps: MeasureDeps, vector: Buffer, options?: CallOptions): Promise<Probe> {
  const distances = await ask(deps, { vector, k: K, exact: true }, options)
  return { vector, count: distances.length, radius: Math.max(...distances) }
}

async function ask(
  { redis, definition, index }: MeasureDeps,
  query: Pick<KnnQuery, 'vector' | 'k' | 'exact' | 'efRuntime'>,
  options?: CallOptions,
): Promise<number[]> {
  const { alias: vectorAlias } = definition.vector
  const command = ftSearchKnnArgs({ index, vectorAlias, filter: MATCH_ALL, returned: [], ...query })
  return wholeRows(await redis.send(command, options))
    .map(({ distance }) => distance)
    .filter(Number.isFinite)
}

function draw(ids: string[], count: number, random: () => number): string[] {
  return Array.from({ length: Math.min(count, ids.length) }, () =>
    ids.splice(Math.floor(random() * ids.length), 1),
  ).flat()
}

/** Nothing where they cancel each other out. */
function meanOf(
  ids: string[],
  sample: ReadonlyMap<string, Vector>,
  { vector: shape }: IndexDefinition,
): Vector | undefined {
  try {
    return queryVector(seedsOf({ like: ids, k: K, includeVector: false }, shape), sample, shape)
  } catch (error) {
    if (error instanceof AppError && error.code === 'VECTOR_ZERO') return undefined
    throw error
  }
}
