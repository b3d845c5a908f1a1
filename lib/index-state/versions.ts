import * as v from 'valibot'
import { getArgs, parseGet, setArgs } from '../redis/commands/strings.ts'
import type { CallOptions, Command, Redis, Reply } from '../redis/redis.ts'
import { DriftSchema } from './drift-schema.ts'

/** A version that is being built beside the live one, to take its place. */
export type Migration = v.InferOutput<typeof MigrationSchema>
export const MigrationSchema = v.object({
  from: v.string(),
  to: v.string(),
  startedAt: v.string(),
  changes: v.pipe(v.array(DriftSchema), v.description('What will be different')),
  copy: v.pipe(
    v.exactOptional(
      v.nullable(
        v.object({
          cursor: v.string(),
          copied: v.number(),
          leftOut: v.number(),
          isDone: v.boolean(),
          runId: v.pipe(
            v.exactOptional(v.string(), ''),
            v.description('The run of the server that the cursor belongs to'),
          ),
        }),
      ),
      null,
    ),
    v.description('Where users have to be copied into another form, how far that is'),
  ),
  problem: v.pipe(
    v.nullable(v.string()),
    v.description('Why it has not taken the live one’s place although it is built'),
  ),
})

export type ReplacedVersion = v.InferOutput<typeof ReplacedVersionSchema>
export const ReplacedVersionSchema = v.object({ index: v.string(), replacedAt: v.string() })

/** What Redis cannot be asked about an index's versions: in one key, written in one transaction with what it tells of. */
export type Versions = v.InferOutput<typeof VersionsSchema>
const VersionsSchema = v.object({
  migration: v.nullable(MigrationSchema),
  /** The version before, kept for a while so that one can go back to it. */
  previous: v.nullable(ReplacedVersionSchema),
  /** The hash of a definition that was rolled back from: nobody goes there again unless he is told to. */
  rolledBackFrom: v.nullable(v.string()),
  /** The live index, when its graph needs a rebuild: vectors without a direction linked it wrongly. */
  needsRebuild: v.exactOptional(v.nullable(v.string()), null),
})

const NONE: Versions = { migration: null, previous: null, rolledBackFrom: null, needsRebuild: null }

export function versionsKey(name: string): string {
  return `lookalike:index:${name}`
}

export function readVersionsArgs(name: string): Command {
  return getArgs(versionsKey(name))
}

export function parseVersions(reply: Reply): Versions {
  const text = parseGet(reply)
  return text === undefined ? NONE : v.parse(v.pipe(v.string(), v.parseJson(), VersionsSchema), text)
}

export async function readVersions(redis: Redis, name: string, options?: CallOptions): Promise<Versions> {
  return parseVersions(await redis.send(readVersionsArgs(name), options))
}

export function saveVersionsArgs(name: string, versions: Versions): Command {
  return setArgs(versionsKey(name), JSON.stringify(versions))
}

/** The same, after an index was dropped. */
export function without(versions: Versions, index: string): Versions {
  const { migration, previous } = versions
  return {
    ...versions,
    migration: migration?.to === index ? null : migration,
    previous: previous?.index === index ? null : previous,
  }
}
