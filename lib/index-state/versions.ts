import * as v from 'valibot'
import { getArgs, parseGet, setArgs } from '../redis/commands/strings.ts'
import type { CallOptions, Command, Redis, Reply } from '../redis/redis.ts'
import { DriftSchema } from './drift-schema.ts'

/** A new version under construction, which is to replace the live one. */
export type Migration = v.InferOutput<typeof MigrationSchema>
export const MigrationSchema = v.object({
  from: v.string(),
  to: v.string(),
  startedAt: v.string(),
  changes: v.pipe(v.array(DriftSchema), v.description('The differences from the live index')),
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
            v.description('The server run to which the cursor belongs'),
          ),
        }),
      ),
      null,
    ),
    v.description('The progress of a backfill; null before it begins, or if none is needed'),
  ),
  problem: v.pipe(
    v.nullable(v.string()),
    v.description('Why the finished index has not replaced the live one'),
  ),
})

export type ReplacedVersion = v.InferOutput<typeof ReplacedVersionSchema>
export const ReplacedVersionSchema = v.object({ index: v.string(), replacedAt: v.string() })

/**
 * The state of an index's versions that Redis itself cannot report. It is one key, and the transaction that changes
 * an index also writes it.
 */
export type Versions = v.InferOutput<typeof VersionsSchema>
const VersionsSchema = v.object({
  migration: v.nullable(MigrationSchema),
  /** The previous version, stored for a while so that a rollback is possible. */
  previous: v.nullable(ReplacedVersionSchema),
  /** The hash of a definition that was rolled back. Provisioning does not return to it without `force`. */
  rolledBackFrom: v.nullable(v.string()),
  /** The live index, if corrupt vectors have damaged the links of its graph. */
  needsRebuild: v.exactOptional(v.nullable(v.string()), null),
  /** The stack that may change the index. null until a deployed stack first sees the index. */
  owner: v.exactOptional(v.nullable(v.string()), null),
})

const NONE: Versions = {
  migration: null,
  previous: null,
  rolledBackFrom: null,
  needsRebuild: null,
  owner: null,
}

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

/** The versions after a drop of this index. */
export function withoutIndex(versions: Versions, index: string): Versions {
  const { migration, previous } = versions
  return {
    ...versions,
    migration: migration?.to === index ? null : migration,
    previous: previous?.index === index ? null : previous,
  }
}
