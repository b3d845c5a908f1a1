import * as v from 'valibot'
import type { IndexDefinition, VectorDefinition } from '../definition.ts'
import { VECTOR_TYPE_NAMES, VECTOR_TYPES } from '../fields/vector-types.ts'
import { DriftSchema } from '../index-state/drift-schema.ts'
import type { IndexAttribute } from '../redis/commands/ft-info.ts'
import { infoMemoryArgs, parseInfoMemory } from '../redis/commands/server.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import type { IndexObservation } from './observe-index.ts'
import { prefixNotes } from './prefix-notes.ts'

/** What a change would do, before it does it. */
export type ChangePlan = v.InferOutput<typeof ChangePlanSchema>
export const ChangePlanSchema = v.object({
  action: v.picklist(['create', 'migrate', 'none']),
  from: v.pipe(v.nullable(v.string()), v.description('The real index that is live')),
  to: v.pipe(v.string(), v.description('The real index that would be')),
  changes: v.pipe(v.array(DriftSchema), v.description('`actual` is how it is, `expected` how it would be')),
  documents: v.number(),
  estimate: v.object({ seconds: v.number(), bytes: v.number() }),
  memory: v.object({ used: v.number(), limit: v.number() }),
  refused: v.pipe(v.nullable(v.string()), v.description('Why it would not be done')),
  isForcible: v.pipe(v.boolean(), v.description('Whether --force does it all the same')),
  notes: v.array(v.string()),
})

/** Redis needs room for what it does beside: clients, the append-only file's buffer, fragments. */
const USABLE = 0.95

export async function planOf(
  redis: Redis,
  definition: IndexDefinition,
  observed: IndexObservation,
  options?: CallOptions,
): Promise<ChangePlan> {
  const { live, drift, needsRebuild, target, versions } = observed
  const memory = parseInfoMemory(await redis.send(infoMemoryArgs(), options))
  const action = live === undefined ? 'create' : drift.length > 0 || needsRebuild ? 'migrate' : 'none'
  const estimate = estimateOf(observed, definition.vector, memory.used)
  const unfit = formProblem(definition, observed)
  const isTooMuch = versions.migration === null && memory.used + estimate.bytes > memory.limit * USABLE
  const noRoom = `Expected room for ${megabytes(estimate.bytes)} more, got ${megabytes(memory.used)} in use of ${megabytes(memory.limit)}`
  return {
    action,
    from: live?.name ?? null,
    to: action === 'none' ? (live?.name ?? target) : target,
    changes: drift,
    documents: live?.documents ?? 0,
    estimate,
    memory: { used: memory.used, limit: memory.limit },
    refused: unfit ?? (action === 'migrate' && isTooMuch ? noRoom : null),
    isForcible: unfit === null,
    notes: [...notesOf(observed), ...(await prefixNotes(redis, definition, options))],
  }
}

/** A key holds one type, and a hash what its definition says; and neither index may look at the other's users. */
function formProblem(definition: IndexDefinition, { live, copies }: IndexObservation): string | null {
  if (live === undefined || !copies) return null
  const { prefix } = definition
  const before = live.settings.prefix
  if (!prefix.startsWith(before) && !before.startsWith(prefix)) return null
  return `Users lie in another form then, which needs a prefix apart from ${before}: got ${prefix}`
}

function notesOf({ name, live, drift, needsRebuild, copies, hash, versions }: IndexObservation): string[] {
  const notes: string[] = []
  if (needsRebuild)
    notes.push('Its graph is spoilt by vectors without a direction: it is built anew as it is')
  if (live?.name === name && drift.length === 0) {
    notes.push(`${name} was made by hand and is as defined: it is used as it is`)
  }
  if (live?.name === name && drift.length > 0) {
    notes.push(
      `${name} was made by hand: it is dropped when its successor takes its name, and cannot be rolled back to; its documents stay`,
    )
  }
  if (drift.some(({ field }) => /\.(dimensions|path)$/.test(field))) {
    notes.push('Documents that do not fit the new definition are left out: the change waits until all fit')
  }
  if (copies) {
    notes.push(
      'Users are copied into another form, and the old ones stay: delete them when they are not needed any more',
    )
  }
  if (versions.rolledBackFrom === hash) notes.push('It was rolled back from: only --force goes there again')
  if (versions.previous !== null) {
    notes.push(`${versions.previous.index}, replaced at ${versions.previous.replacedAt}, is kept`)
  }
  return notes
}

/** Where the live index cannot tell: 60,000 vectors of 64 dimensions took 54 s on two processors. */
const MS_PER_DOCUMENT = 0.9

/**
 * From what the live index took and holds, in the ratio of the work: it is the graph that takes the time. Where users
 * are copied, as much again as there is beside the index; that is too much rather than too little.
 */
function estimateOf(
  { live, drift, needsRebuild, copies, built }: IndexObservation,
  after: VectorDefinition,
  used: number,
): { seconds: number; bytes: number } {
  const isNeeded = drift.length > 0 || needsRebuild
  if (live === undefined || !isNeeded || built !== undefined) return { seconds: 0, bytes: 0 }
  const { documents, indexingMs, memoryBytes } = live
  const before: Partial<IndexAttribute> = live.attributes.find(({ type }) => type === 'VECTOR') ?? {}
  const ms = indexingMs > 0 ? indexingMs * (workOf(after) / workOf(before)) : documents * MS_PER_DOCUMENT
  const ofCopies = copies ? Math.max(0, used - memoryBytes) : 0
  return {
    seconds: Math.ceil(ms / 1000),
    bytes:
      Math.ceil(memoryBytes * (bytesOf(after, after.type) / bytesOf(before, before.dataType ?? after.type))) +
      ofCopies,
  }
}

type VectorSettings = Partial<Pick<VectorDefinition, 'dimensions' | 'm' | 'efConstruction'>> & {
  algorithm?: string
}

function workOf({ algorithm, efConstruction = 200, dimensions = 1 }: VectorSettings): number {
  return algorithm === 'FLAT' ? 64 : efConstruction * (dimensions + 64)
}

/** 435 bytes were measured for a vector of 3 dimensions with M 16, its document's entries among them. */
function bytesOf({ algorithm, m = 16, dimensions = 1 }: VectorSettings, type: string): number {
  const known = VECTOR_TYPE_NAMES.find((name) => name === type) ?? 'FLOAT32'
  return VECTOR_TYPES[known].bytesPerComponent * dimensions + 300 + (algorithm === 'FLAT' ? 0 : 8 * m)
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
