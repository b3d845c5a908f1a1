import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { getArgs, parseGet, setArgs } from '../redis/commands/strings.ts'
import type { CallOptions, Command, Redis } from '../redis/redis.ts'

/** The least EF_RUNTIME that reached the target, or else the cap, and the recall@10 it has. */
const Measured = v.object({
  efRuntime: v.number(),
  /** null while nothing was measured. */
  measured: v.nullable(v.number()),
})

export const RecallSchema = v.object({
  /** The real index it was measured on: of another, even of the same name, it says nothing. */
  index: v.string(),
  /** When, in ISO 8601. */
  at: v.string(),
  target: v.number(),
  probes: v.number(),
  ...Measured.entries,
  /** The same for `like` with several members, whose mean HNSW finds worse. */
  group: Measured,
  /** Why the last measurement was not made; then `at` and the numbers are those of the one before. */
  skipped: v.nullable(v.string()),
})

export type Measured = v.InferOutput<typeof Measured>
export type Recall = v.InferOutput<typeof RecallSchema>

interface RecallDeps {
  redis: Redis
  definition: IndexDefinition
}

/** What was last measured, on whichever index that was. */
export async function readRecall(
  { redis, definition }: RecallDeps,
  options?: CallOptions,
): Promise<Recall | null> {
  const text = parseGet(await redis.send(getArgs(recallKey(definition)), options))
  if (text === undefined) return null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RecallSchema), text)
  // Another version's: the next measurement replaces it.
  return parsed.success ? parsed.output : null
}

export function saveRecallArgs(definition: IndexDefinition, recall: Recall): Command {
  return setArgs(recallKey(definition), JSON.stringify(recall))
}

function recallKey({ name }: IndexDefinition): string {
  return `lookalike:recall:${name}`
}
