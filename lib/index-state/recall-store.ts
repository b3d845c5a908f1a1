import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { getArgs, parseGet, setArgs } from '../redis/commands/strings.ts'
import type { CallOptions, Command, Redis } from '../redis/redis.ts'

const Measured = v.object({
  efRuntime: v.pipe(
    v.number(),
    v.description('The least EF_RUNTIME that reaches the target, or the largest that was tried'),
  ),
  measured: v.pipe(v.number(), v.description('The share of the k nearest that HNSW finds with it, 0 to 1')),
  ms: v.pipe(v.number(), v.description('The median time of such a search, beside `exactMs`')),
})

const Point = v.object({
  k: v.number(),
  single: v.pipe(Measured, v.description('For a vector or a user')),
  group: v.pipe(Measured, v.description('For `like` with several members, whose mean HNSW finds worse')),
  exactMs: v.pipe(v.number(), v.description('The median time of brute force for k results, in milliseconds')),
})

export const RecallSchema = v.object({
  index: v.pipe(v.string(), v.description('The real index. A measurement says nothing of any other')),
  at: v.string(),
  target: v.number(),
  documents: v.pipe(v.number(), v.description('How many documents the index had then')),
  probes: v.pipe(v.number(), v.description('How many queries were made of stored users')),
  asked: v.pipe(v.number(), v.description('How many vectors of real searches were asked again')),
  curve: v.pipe(v.array(Point), v.description('By k, ascending. Empty while nothing was measured')),
  skipped: v.pipe(
    v.nullable(v.string()),
    v.description('Why the last measurement was not made; the rest is then of the one before'),
  ),
})

export type Measured = v.InferOutput<typeof Measured>
export type RecallPoint = v.InferOutput<typeof Point>
export type Recall = v.InferOutput<typeof RecallSchema>

interface RecallDeps {
  redis: Redis
  definition: IndexDefinition
}

/** The last measurement, of whichever index it was. */
export async function readRecall(
  { redis, definition }: RecallDeps,
  options?: CallOptions,
): Promise<Recall | null> {
  const text = parseGet(await redis.send(getArgs(recallKey(definition)), options))
  if (text === undefined) return null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RecallSchema), text)
  // Another release saved it in its own form: the next measurement replaces it.
  return parsed.success ? parsed.output : null
}

export function saveRecallArgs(definition: IndexDefinition, recall: Recall): Command {
  return setArgs(recallKey(definition), JSON.stringify(recall))
}

function recallKey({ name }: IndexDefinition): string {
  return `lookalike:recall:${name}`
}
