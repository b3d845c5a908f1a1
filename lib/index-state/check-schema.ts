import * as v from 'valibot'

/** A user who cannot be found, and the code of why: NOT_INDEXED when the vector is fine and another field must be at fault. */
export type Finding = v.InferOutput<typeof FindingSchema>
const FindingSchema = v.object({
  id: v.string(),
  code: v.string(),
  quarantined: v.boolean(),
})

/** A look at every stored user. It takes as many runs of the check as it needs. */
export type Sweep = v.InferOutput<typeof SweepSchema>
export const SweepSchema = v.object({
  startedAt: v.string(),
  finishedAt: v.nullable(v.string()),
  scanned: v.number(),
  notSearchable: v.pipe(v.number(), v.description('Users that no search can find')),
  poison: v.pipe(v.number(), v.description('Those of them that falsify the answers of other users')),
  quarantined: v.number(),
  findings: v.pipe(v.array(FindingSchema), v.description('The first hundred of them; ids only')),
})

/** Where the sweep under way goes on. */
export const RunningSweepSchema = v.object({
  ...SweepSchema.entries,
  cursor: v.string(),
  cleared: v.pipe(v.number(), v.description('Those of the poison that are in quarantine now')),
})
export type RunningSweep = v.InferOutput<typeof RunningSweepSchema>

export type CheckResult = v.InferOutput<typeof CheckResultSchema>
export const CheckResultSchema = v.object({
  at: v.string(),
  tookMs: v.number(),
  problems: v.pipe(
    v.array(v.string()),
    v.description('What is wrong, one line each; empty when all is well'),
  ),
  memory: v.nullable(v.object({ used: v.number(), limit: v.number(), policy: v.string() })),
  appendOnlyFile: v.nullable(v.boolean()),
  canaries: v.nullable(
    v.object({
      asked: v.number(),
      lost: v.pipe(v.array(v.string()), v.description('Users that their own vector does not find')),
    }),
  ),
  staleImports: v.pipe(v.array(v.string()), v.description('Imports that run, and that no importer writes')),
  lastSweep: v.nullable(SweepSchema),
  sweep: v.nullable(RunningSweepSchema),
})
