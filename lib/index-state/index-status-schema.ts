import * as v from 'valibot'
import { CheckResultSchema } from './check-schema.ts'
import { DriftSchema } from './drift-schema.ts'
import { RecallSchema } from './recall-store.ts'
import { MigrationSchema, ReplacedVersionSchema } from './versions.ts'

/** `building` and `partial` answer searches as if they were whole, so nobody else may be the judge of it. */
export type IndexState = v.InferOutput<typeof IndexStateSchema>
export const IndexStateSchema = v.picklist(['absent', 'building', 'ready', 'partial', 'drifted'])

/** A migration, and how far the new version is. */
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
    v.description('The real index behind the name; null when there is none'),
  ),
  definitionHash: v.string(),
  state: IndexStateSchema,
  percentIndexed: v.number(),
  documents: v.pipe(v.number(), v.description('Documents in the index, with or without a vector')),
  searchable: v.pipe(
    v.nullable(v.number()),
    v.description('Documents that a search can find; null when counting them would cost too much'),
  ),
  failures: v.pipe(
    v.number(),
    v.description(
      'Documents that RediSearch refused since the index was made; does not fall when they are repaired',
    ),
  ),
  drift: v.array(DriftSchema),
  change: v.picklist(['unchanged', 'migrating']),
  migration: v.nullable(MigrationStatusSchema),
  previous: v.pipe(
    v.nullable(ReplacedVersionSchema),
    v.description('The version before, while it is kept to go back to'),
  ),
  memory: v.pipe(v.number(), v.description('Bytes of the index alone, without the documents')),
  server: v.object({
    redis: v.string(),
    modules: v.record(v.string(), v.string()),
    kind: v.picklist(['Redis Stack', 'Redis', 'Valkey', 'unknown']),
    isTested: v.pipe(v.boolean(), v.description('Whether Lookalike is tested on this line of it')),
  }),
  recall: v.nullable(RecallSchema),
  check: v.pipe(v.nullable(CheckResultSchema), v.description('What the last scheduled check found')),
})

export type ProvisionResult = v.InferOutput<typeof ProvisionResultSchema>
export const ProvisionResultSchema = v.object({
  ...IndexStatusSchema.entries,
  change: v.picklist(['created', 'unchanged', 'migrating', 'migrated']),
})
