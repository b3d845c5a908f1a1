import * as v from 'valibot'
import { ErrorCodeSchema } from '../errors.ts'
import { FORMATS, SizeSchema } from './audience-request.ts'

export type AudienceState = v.InferOutput<typeof AudienceStateSchema>
export const AudienceStateSchema = v.picklist([
  'QUEUED',
  'RUNNING',
  'COMPLETED',
  'PARTIAL',
  'FAILED',
  'CANCELLED',
])

/** Every user that passes the filter, by its outcome: `matched = exported + seeds + excluded + unliked + beyondSize + unreadable`. */
export type AudienceCounts = v.InferOutput<typeof CountsSchema>
export const CountsSchema = v.object({
  matched: v.pipe(v.number(), v.description('All users that pass the filter')),
  exported: v.number(),
  seeds: v.pipe(v.number(), v.description('Members of like and unlike')),
  excluded: v.number(),
  unliked: v.pipe(v.number(), v.description('Nearer to a member of unlike than to any of like')),
  beyondSize: v.number(),
  unreadable: v.pipe(v.number(), v.description('Without a usable vector')),
})

export type CurvePoint = v.InferOutput<typeof CurvePointSchema>
export const CurvePointSchema = v.object({
  percent: v.number(),
  users: v.number(),
  similarity: v.pipe(v.number(), v.description('Of the last of so many users')),
})

export type Holdout = v.InferOutput<typeof HoldoutSchema>
export const HoldoutSchema = v.object({
  seeds: v.pipe(v.number(), v.description('How many seeds were left out')),
  found: v.pipe(v.number(), v.description('How many of them an audience of the other seeds has')),
  expectedByChance: v.number(),
  lift: v.nullable(v.number()),
})

export type Certificate = v.InferOutput<typeof CertificateSchema>
export const CertificateSchema = v.object({
  sampled: v.number(),
  missed: v.pipe(
    v.number(),
    v.description('How many of the sample belong into the audience and are not there'),
  ),
  missedAtMost: v.pipe(v.number(), v.description('Of all users, at 95 % confidence')),
})

export type SeedCounts = v.InferOutput<typeof SeedCountsSchema>
export const SeedCountsSchema = v.object({
  given: v.number(),
  used: v.number(),
  missing: v.number(),
  unsearchable: v.number(),
  doubled: v.number(),
  unreadable: v.pipe(v.number(), v.description('Records of the file without an id')),
  scatter: v.pipe(v.nullable(v.number()), v.description('0: all alike; 1: nothing in common')),
  drewNobody: v.pipe(v.nullable(v.number()), v.description('Seeds that are the nearest to no exported user')),
})

const Timestamp = v.pipe(v.string(), v.isoTimestamp())
const Key = v.nullable(v.string())

/** How an audience stands, and its outcome. */
export type AudienceReport = v.InferOutput<typeof AudienceReportSchema>
export const AudienceReportSchema = v.object({
  id: v.string(),
  name: v.string(),
  run: v.pipe(v.number(), v.description('1, and one more with each refresh')),
  bucket: v.pipe(v.string(), v.description('Of its files. A stack has the audiences of its own bucket')),
  state: AudienceStateSchema,
  percent: v.number(),
  strategy: v.picklist(['best_score', 'average']),
  size: SizeSchema,
  format: v.picklist(FORMATS),
  gzip: v.boolean(),
  refreshEvery: v.nullable(v.string()),
  definition: v.pipe(v.string(), v.description('Hash of the definition')),
  index: v.pipe(v.nullable(v.string()), v.description('The version of the index')),
  scanned: v.number(),
  counts: CountsSchema,
  curve: v.array(CurvePointSchema),
  holdout: v.nullable(HoldoutSchema),
  certificate: v.nullable(CertificateSchema),
  seeds: SeedCountsSchema,
  changes: v.pipe(
    v.nullable(v.object({ entered: v.number(), left: v.number(), stayed: v.number() })),
    v.description('Against the file before the last refresh'),
  ),
  files: v.object({ audience: Key, manifest: Key, problems: Key, entered: Key, left: Key, stayed: Key }),
  bytes: v.number(),
  sha256: v.nullable(v.string()),
  redisMs: v.pipe(
    v.number(),
    v.description('How long the job waited for Redis: the most of its time that it took'),
  ),
  problem: v.nullable(v.object({ code: ErrorCodeSchema, message: v.string() })),
  warnings: v.array(v.string()),
  createdAt: Timestamp,
  startedAt: v.nullable(Timestamp),
  updatedAt: Timestamp,
  finishedAt: v.nullable(Timestamp),
})
