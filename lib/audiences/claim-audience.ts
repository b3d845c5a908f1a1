import { isAlive } from '../jobs/liveness.ts'
import { becomeWriter } from '../jobs/writer-lock.ts'
import { hsetArgs } from '../redis/commands/hashes.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import { type Connection, replyOf } from '../redis/redis.ts'
import {
  type AudienceLedger,
  audienceKey,
  type Checkpoint,
  type LastAudience,
  parseAudience,
  readAudienceArgs,
} from './audience-ledger.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import type { AudienceRequest } from './audience-request.ts'
import { hasEnded } from './audience-state.ts'

/** A run of an audience. */
export interface AudienceJob {
  id: string
  run: number
}

export interface AudienceClaim {
  request: AudienceRequest
  report: AudienceReport
  checkpoint: Checkpoint | undefined
  last: LastAudience | undefined
  isCancelled: boolean
}

/**
 * Makes this connection the one writer of a run, or says why there is nothing to build: the run has ended, the audience is
 * deleted or ordered again, or another connection is building it.
 */
export function claimAudience(
  connection: Connection,
  { id, run }: AudienceJob,
): Promise<AudienceClaim | 'nothing to build'> {
  return becomeWriter<AudienceLedger, AudienceClaim | 'nothing to build'>(connection, {
    job: `audience:${id}`,
    purpose: `become the writer of the audience ${id}`,
    watch: async () => {
      const [, reply] = await connection.pipeline([watchArgs(audienceKey(id)), readAudienceArgs(id)])
      return parseAudience(replyOf(reply))
    },
    nothingToDo: ({ report, request }) =>
      request === undefined || report?.run !== run || hasEnded(report) ? 'nothing to build' : undefined,
    leftAlone: ({ report }) => (report !== undefined && isAlive(report) ? 'nothing to build' : undefined),
    take({ request, report, checkpoint, last, isCancelled }, writer) {
      if (request === undefined || report === undefined) throw new Error('The audience was there')
      const now = new Date().toISOString()
      const startedAt = report.startedAt ?? now
      const taken: AudienceReport = { ...report, state: 'RUNNING', startedAt, updatedAt: now }
      return {
        claim: { request, report: taken, checkpoint, last, isCancelled },
        commands: [hsetArgs(audienceKey(id), { writer, report: JSON.stringify(taken) })],
      }
    },
  })
}
