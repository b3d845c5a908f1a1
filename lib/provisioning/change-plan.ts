import * as v from 'valibot'
import type { IndexDefinition, VectorDefinition } from '../definition.ts'
import { VECTOR_TYPE_NAMES, VECTOR_TYPES } from '../fields/vector-types.ts'
import { DriftSchema } from '../index-state/drift-schema.ts'
import type { IndexAttribute } from '../redis/commands/ft-info.ts'
import { infoMemoryArgs, parseInfoMemory } from '../redis/commands/server.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { IndexObservation } from './observe-index.ts'
import { prefixNotes } from './prefix-notes.ts'

/** The effect and the cost of a change, before it is made. */
export type ChangePlan = v.InferOutput<typeof ChangePlanSchema>
export const ChangePlanSchema = v.object({
  action: v.picklist(['create', 'migrate', 'none']),
  from: v.pipe(v.nullable(v.string()), v.description('The real name of the live index')),
  to: v.pipe(v.string(), v.description('The real name of the new index')),
  changes: v.pipe(
    v.array(DriftSchema),
    v.description('`actual` is the live index, `expected` the definition'),
  ),
  documents: v.number(),
  estimate: v.object({ seconds: v.number(), bytes: v.number() }),
  memory: v.object({ used: v.number(), limit: v.number() }),
  refused: v.pipe(
    v.nullable(v.string()),
    v.description('Why the change would be refused; null if it would not'),
  ),
  isForcible: v.pipe(v.boolean(), v.description('Whether --force overrides the refusal')),
  notes: v.array(v.string()),
})

/** Redis also needs memory for clients, for the buffer of the append-only file and for fragmentation. */
const USABLE = 0.95

export async function createPlan(
  redis: Redis,
  definition: IndexDefinition,
  observed: IndexObservation,
  options?: CallOptions,
): Promise<ChangePlan> {
  const { live, drift, needsRebuild, target, versions } = observed
  const memory = parseInfoMemory(await redis.send(infoMemoryArgs(), options))
  const action = live === undefined ? 'create' : drift.length > 0 || needsRebuild ? 'migrate' : 'none'
  const estimate = estimateCost(observed, definition.vector, memory.used)
  const formProblem = findFormProblem(definition, observed)
  const isMemoryShort = versions.migration === null && memory.used + estimate.bytes > memory.limit * USABLE
  const memoryProblem = `Expected ${megabytes(estimate.bytes)} of free memory, got ${megabytes(memory.used)} in use of ${megabytes(memory.limit)}: give Redis more memory`
  return {
    action,
    from: live?.name ?? null,
    to: action === 'none' ? (live?.name ?? target) : target,
    changes: drift,
    documents: live?.documents ?? 0,
    estimate,
    memory: { used: memory.used, limit: memory.limit },
    refused: formProblem ?? (action === 'migrate' && isMemoryShort ? memoryProblem : null),
    isForcible: formProblem === null,
    notes: [...findNotes(observed), ...(await prefixNotes(redis, definition, options))],
  }
}

/**
 * Refuses a new form of storage under an overlapping prefix. A key has one type, a hash has the form of one
 * definition, and neither index may see the other's users.
 */
function findFormProblem(
  definition: IndexDefinition,
  { live, needsBackfill }: IndexObservation,
): string | null {
  if (live === undefined || !needsBackfill) return null
  const { prefix } = definition
  const before = live.settings.prefix
  if (!prefix.startsWith(before) && !before.startsWith(prefix)) return null
  return `Expected a prefix that does not overlap ${before}, because users are stored in another form, got ${prefix}`
}

function findNotes({
  name,
  live,
  drift,
  needsRebuild,
  needsBackfill,
  hash,
  versions,
}: IndexObservation): string[] {
  const notes: string[] = []
  if (needsRebuild)
    notes.push('Corrupt vectors have damaged the graph: the index needs a rebuild with the same definition')
  if (live?.name === name && drift.length === 0) {
    notes.push(`${name} was made by hand and equals its definition: Lookalike uses it`)
  }
  if (live?.name === name && drift.length > 0) {
    notes.push(
      `${name} was made by hand: the alias swap drops it, without a way to roll back; its documents stay`,
    )
  }
  if (drift.some(({ field }) => /\.(dimensions|path)$/.test(field))) {
    notes.push(
      'The new index leaves out documents that do not fit its definition: the change waits until all fit',
    )
  }
  if (needsBackfill) {
    notes.push(
      'A backfill copies users into another form of storage, and the originals stay: delete them when you no longer need them',
    )
  }
  if (versions.rolledBackFrom === hash)
    notes.push('This definition was rolled back: only --force applies it again')
  if (versions.previous !== null) {
    notes.push(
      `${versions.previous.index}, replaced at ${versions.previous.replacedAt}, is stored for a rollback`,
    )
  }
  return notes
}

/** Used if the live index reports no time: 60,000 vectors of 64 dimensions took 54 s on two processors. */
const MS_PER_DOCUMENT = 0.9

/**
 * Scales the time and memory of the live index by the ratio of the work, because the graph takes nearly all of the
 * time. With a backfill, it adds all memory outside the index; that is rather too much than too little.
 */
function estimateCost(
  { live, drift, needsRebuild, needsBackfill, built }: IndexObservation,
  after: VectorDefinition,
  used: number,
): { seconds: number; bytes: number } {
  const isChange = drift.length > 0 || needsRebuild
  if (live === undefined || !isChange || built !== undefined) return { seconds: 0, bytes: 0 }
  const { documents, indexingMs, memoryBytes } = live
  const before: Partial<IndexAttribute> = live.attributes.find(({ type }) => type === 'VECTOR') ?? {}
  const ms =
    indexingMs > 0 ? indexingMs * (estimateWork(after) / estimateWork(before)) : documents * MS_PER_DOCUMENT
  const backfillBytes = needsBackfill ? Math.max(0, used - memoryBytes) : 0
  return {
    seconds: Math.ceil(ms / 1000),
    bytes:
      Math.ceil(
        memoryBytes *
          (estimateBytes(after, after.type) / estimateBytes(before, before.dataType ?? after.type)),
      ) + backfillBytes,
  }
}

type VectorSettings = Partial<Pick<VectorDefinition, 'dimensions' | 'm' | 'efConstruction'>> & {
  algorithm?: string
}

function estimateWork({ algorithm, efConstruction = 200, dimensions = 1 }: VectorSettings): number {
  return algorithm === 'FLAT' ? 64 : efConstruction * (dimensions + 64)
}

/** Measured: 435 bytes for a vector of 3 dimensions with M 16, including the entries of its document. */
function estimateBytes({ algorithm, m = 16, dimensions = 1 }: VectorSettings, type: string): number {
  const knownType = VECTOR_TYPE_NAMES.find((name) => name === type) ?? 'FLOAT32'
  return VECTOR_TYPES[knownType].bytesPerComponent * dimensions + 300 + (algorithm === 'FLAT' ? 0 : 8 * m)
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
