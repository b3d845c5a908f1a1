import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { getArgs, parseGet, setArgs } from '../redis/commands/strings.ts'
import type { CallOptions, Command, Redis } from '../redis/redis.ts'

const MeasurementSchema = v.object({
  efRuntime: v.pipe(
    v.number(),
    v.description('The least EF_RUNTIME that reaches the target, else the largest tried'),
  ),
  measured: v.pipe(
    v.number(),
    v.description('The share of the k nearest that HNSW finds with this EF_RUNTIME, 0 to 1'),
  ),
  ms: v.pipe(v.number(), v.description('The time of such a search, in milliseconds: the median of nine')),
})

const ExactMs = v.pipe(
  v.number(),
  v.description('The time of brute force for k results, in milliseconds: the median of nine'),
)

const RecallPointSchema = v.object({
  k: v.number(),
  single: v.pipe(MeasurementSchema, v.description('For searches by a vector or a user')),
  group: v.pipe(
    MeasurementSchema,
    v.description('For `like` with several members: HNSW has a lower recall for their mean'),
  ),
  exactMs: ExactMs,
  filtered: v.optional(
    v.pipe(
      v.nullable(
        v.object({
          ...MeasurementSchema.entries,
          exactMs: ExactMs,
          candidates: v.pipe(
            v.number(),
            v.description('How many times as many candidates the same queries need as without the filter'),
          ),
        }),
      ),
      v.description(
        'For single searches with a filter that about half of the users pass. null: no field divides the users so, or brute force would block Redis for too long',
      ),
    ),
    null,
  ),
})

export const RecallSchema = v.object({
  index: v.pipe(v.string(), v.description('The real name of the measured index')),
  at: v.string(),
  tookMs: v.pipe(v.number(), v.description('How long the measurement took, in milliseconds')),
  target: v.number(),
  documents: v.pipe(v.number(), v.description('How many documents the index had at that time')),
  probes: v.pipe(v.number(), v.description('How many queries were made from stored users')),
  asked: v.pipe(v.number(), v.description('How many query vectors of real searches were repeated')),
  curve: v.pipe(
    v.array(RecallPointSchema),
    v.description('By k, ascending. Empty before the first measurement'),
  ),
  skipped: v.pipe(
    v.nullable(v.string()),
    v.description('Why the last measurement was skipped; the other members are then of the previous one'),
  ),
  lastAttempt: v.optional(
    v.pipe(
      v.nullable(v.object({ at: v.string(), tookMs: v.number() })),
      v.description('The skipped measurement: when it ended, and how long it took'),
    ),
    null,
  ),
})

export type Measurement = v.InferOutput<typeof MeasurementSchema>
export type RecallPoint = v.InferOutput<typeof RecallPointSchema>
export type Recall = v.InferOutput<typeof RecallSchema>

interface RecallDeps {
  redis: Redis
  definition: IndexDefinition
}

/** The last measurement, of any index. */
export async function readRecall(
  { redis, definition }: RecallDeps,
  options?: CallOptions,
): Promise<Recall | null> {
  const text = parseGet(await redis.send(getArgs(recallKey(definition)), options))
  if (text === undefined) return null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), RecallSchema), text)
  // A result of another release has another form. The next measurement replaces it.
  return parsed.success ? parsed.output : null
}

export function saveRecallArgs(definition: IndexDefinition, recall: Recall): Command {
  return setArgs(recallKey(definition), JSON.stringify(recall))
}

function recallKey({ name }: IndexDefinition): string {
  return `lookalike:recall:${name}`
}
