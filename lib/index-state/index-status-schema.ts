import * as v from 'valibot'
import { CheckResultSchema } from './check-schema.ts'
import { DriftSchema } from './drift-schema.ts'
import { RecallSchema } from './recall-store.ts'
import { MigrationSchema, ReplacedVersionSchema } from './versions.ts'

/**
 * An index in state `building` or `partial` answers searches as if it were complete. So only this state tells the
 * difference.
 */
export type IndexState = v.InferOutput<typeof IndexStateSchema>
export const IndexStateSchema = v.picklist(['absent', 'building', 'ready', 'partial', 'drifted'])

/** A migration and the progress of its new version. */
export type MigrationStatus = v.InferOutput<typeof MigrationStatusSchema>
export const MigrationStatusSchema = v.object({
  ...MigrationSchema.entries,
  percentIndexed: v.number(),
  documents: v.number(),
})

export type IndexStatus = v.InferOutput<typeof IndexStatusSchema>
export const IndexStatusSchema = v.object({
  name: v.string(),
  index: v.pipe(
    v.nullable(v.string()),
    v.description('The real name of the live index; null if there is none'),
  ),
  definitionHash: v.string(),
  state: IndexStateSchema,
  percentIndexed: v.number(),
  documents: v.pipe(v.number(), v.description('Documents in the index, with or without a vector')),
  searchable: v.pipe(
    v.nullable(v.number()),
    v.description('Documents that searches can find; null if counting them would cost too much'),
  ),
  failures: v.pipe(
    v.number(),
    v.description(
      'Documents that RediSearch has refused since the index was created; repairs do not reduce it',
    ),
  ),
  drift: v.array(DriftSchema),
  change: v.picklist(['unchanged', 'migrating']),
  migration: v.nullable(MigrationStatusSchema),
  previous: v.pipe(
    v.nullable(ReplacedVersionSchema),
    v.description('The previous version, while it is stored for a rollback'),
  ),
  owner: v.pipe(
    v.nullable(v.string()),
    v.description('The stack that may change the index; null if none has claimed it'),
  ),
  memory: v.pipe(v.number(), v.description('Bytes of the index alone, without the documents')),
  server: v.object({
    redis: v.string(),
    modules: v.record(v.string(), v.string()),
    kind: v.picklist(['Redis Stack', 'Redis', 'Valkey', 'unknown']),
    isTested: v.pipe(v.boolean(), v.description('Whether tests of Lookalike run on this release line')),
  }),
  recall: v.nullable(RecallSchema),
  check: v.pipe(v.nullable(CheckResultSchema), v.description('The result of the last scheduled check')),
})

export type ProvisionResult = v.InferOutput<typeof ProvisionResultSchema>
export const ProvisionResultSchema = v.object({
  ...IndexStatusSchema.entries,
  change: v.picklist(['created', 'unchanged', 'migrating', 'migrated']),
})
