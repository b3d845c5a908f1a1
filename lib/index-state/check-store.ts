import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { getArgs, parseGet, setArgs } from '../redis/commands/strings.ts'
import type { CallOptions, Redis } from '../redis/redis.ts'
import { type CheckResult, CheckResultSchema } from './check-schema.ts'

interface CheckDeps {
  redis: Redis
  definition: IndexDefinition
}

/** The result of the last check; null before the first one. */
export async function readCheck(
  { redis, definition }: CheckDeps,
  options?: CallOptions,
): Promise<CheckResult | null> {
  const text = parseGet(await redis.send(getArgs(checkKey(definition)), options))
  if (text === undefined) return null
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), CheckResultSchema), text)
  // A result of another release has another form. The next check replaces it.
  return parsed.success ? parsed.output : null
}

export async function saveCheck({ redis, definition }: CheckDeps, result: CheckResult): Promise<void> {
  await redis.send(setArgs(checkKey(definition), JSON.stringify(result)))
}

function checkKey({ name }: IndexDefinition): string {
  return `lookalike:check:${name}`
}
