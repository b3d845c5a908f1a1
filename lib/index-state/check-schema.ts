import * as v from 'valibot'

/**
 * A user that searches cannot find, and the code of the cause. NOT_INDEXED means that the vector is valid and another
 * field must be at fault.
 */
export type Finding = v.InferOutput<typeof FindingSchema>
const FindingSchema = v.object({
  id: v.string(),
  code: v.string(),
  quarantined: v.boolean(),
})

/** A sweep looks at every stored user, over as many runs of the check as it needs. */
export type Sweep = v.InferOutput<typeof SweepSchema>
export const SweepSchema = v.object({
  startedAt: v.string(),
  finishedAt: v.nullable(v.string()),
  scanned: v.number(),
  notSearchable: v.pipe(v.number(), v.description('Users that searches cannot find')),
  corruptVectors: v.pipe(v.number(), v.description('Users with corrupt vectors, which hide other users')),
  quarantined: v.number(),
  findings: v.pipe(v.array(FindingSchema), v.description('The first hundred of these users; ids only')),
})

/** A sweep under way, with the position where it continues. */
export const RunningSweepSchema = v.object({
  ...SweepSchema.entries,
  cursor: v.string(),
  cleared: v.pipe(v.number(), v.description('Users with corrupt vectors that are in quarantine now')),
})
export type RunningSweep = v.InferOutput<typeof RunningSweepSchema>

export type CheckResult = v.InferOutput<typeof CheckResultSchema>
export const CheckResultSchema = v.object({
  at: v.string(),
  tookMs: v.number(),
  problems: v.pipe(
    v.array(v.string()),
    v.description('Problems that a person must act on now, one line each; empty if there are none'),
  ),
  notices: v.pipe(
    v.array(v.string()),
    v.description('Findings to know and to plan for, one line each, such as known vulnerabilities'),
  ),
  memory: v.nullable(v.object({ used: v.number(), limit: v.number(), policy: v.string() })),
  appendOnlyFile: v.nullable(v.boolean()),
  canaries: v.nullable(
    v.object({
      asked: v.number(),
      lost: v.pipe(
        v.array(v.string()),
        v.description('Users that a search by their own vector does not find'),
      ),
    }),
  ),
  staleImports: v.pipe(
    v.array(v.string()),
    v.description('Imports that are RUNNING without a running importer'),
  ),
  lastSweep: v.nullable(SweepSchema),
  sweep: v.nullable(RunningSweepSchema),
})
