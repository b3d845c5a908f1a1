import { definitionHash, type IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import type { Connection, Deadline, RedisPool } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { uploadStream } from '../s3/upload-stream.ts'
import { compileFilter, MATCH_ALL } from '../search/filter.ts'
import { releaseArgs } from './audience-ledger.ts'
import { workFolder } from './audience-report.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import { type AudienceClaim, type AudienceJob, claimAudience } from './claim-audience.ts'
import { userClassifier } from './classify-users.ts'
import { endAudience } from './end-audience.ts'
import { mapUsers } from './map-users.ts'
import { pacer } from './pacer.ts'
import { prepareAudience } from './prepare-audience.ts'
import { decodePrepared, encodePrepared, type Prepared } from './prepared.ts'
import { progressSaver } from './progress-saver.ts'
import { averageScorer, bestScorer } from './user-scorer.ts'
import { writeAudience } from './write-audience.ts'

export interface BuildDeps {
  redis: RedisPool
  definition: IndexDefinition
  objects: ObjectStore
  /** The share of Redis's time that a build may take. */
  redisShare: number
  /** When to stop, early enough to save. */
  stopAt?: Deadline
  /** The certificate compares at most so many users; a test compares few. */
  mostSampled?: number
}

/**
 * Builds an audience, or continues a build: scores every user under the prefix, writes the nearest into a file, and
 * counts all others.
 *
 * A fault of the request, its files or the seeds ends the run as FAILED. A fault of Redis or S3 is thrown: the message
 * comes again, and the next invocation continues at the checkpoint.
 *
 * @returns the report; its state is RUNNING when time was up; undefined when there is nothing to build
 * @throws AppError TRANSPORT_UNSUPPORTED; INDEX_MISSING, OBJECT_UNAVAILABLE, UPLOAD_LOST, REDIS_*
 */
export async function buildAudience(deps: BuildDeps, job: AudienceJob): Promise<AudienceReport | undefined> {
  // The writer's lock is its connection.
  await deps.redis.assertConnections()
  return deps.redis.lease(async (connection) => {
    const claim = await claimAudience(connection, job)
    if (claim === 'nothing to build') return undefined
    try {
      return await buildOnLiveIndex(deps, connection, claim)
    } catch (error) {
      if (!(error instanceof AppError) || error.retry) throw error
      claim.report.problem = { code: error.code, message: error.message }
      return await endAudience({ ...deps, connection }, claim, 'FAILED')
    }
  })
}

/** A run keeps to the index that it began with. When that index is dropped, the run begins again with the live index. */
async function buildOnLiveIndex(
  deps: BuildDeps,
  connection: Connection,
  claim: AudienceClaim,
): Promise<AudienceReport> {
  try {
    return await build(deps, connection, claim)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'INDEX_MISSING') throw error
    return build(deps, connection, { ...claim, checkpoint: undefined })
  }
}

async function build(deps: BuildDeps, connection: Connection, claim: AudienceClaim): Promise<AudienceReport> {
  const { objects, stopAt = Number.POSITIVE_INFINITY } = deps
  const { report, request } = claim
  const pace = pacer(deps.redisShare)
  const saver = progressSaver(connection, report, pace)
  const end = { ...deps, connection }
  if (claim.isCancelled) return endAudience(end, claim, 'CANCELLED')

  const { prepared, checkpoint } = await preparedOf(deps, connection, claim, pace, saver)
  const { definition, index } = prepared
  const scorer = (request.strategy === 'average' ? averageScorer : bestScorer)(
    definition.vector.metric,
    prepared,
  )
  const filter = request.filter === undefined ? MATCH_ALL : compileFilter(definition, request.filter)
  Object.assign(report, { index, definition: hashOfDefinition(prepared), seeds: prepared.seeds })
  for (const warning of [...prepared.warnings, ...filter.warnings]) saver.warn(warning)

  if (!checkpoint.isMapped) {
    const classify = userClassifier(report.id, prepared, scorer, pace.later)
    const map = { connection, objects, pace, prepared, filter, classify, save: saver.save, stopAt }
    const outcome = await mapUsers(map, report, checkpoint)
    if (outcome === 'cancelled') return endAudience(end, claim, 'CANCELLED')
    if (outcome === 'time is up') return release(connection, report)
  }
  const write = { connection, objects, pace, prepared, save: saver.save, stopAt }
  const written = await writeAudience(write, claim, checkpoint)
  if (written === 'cancelled') return endAudience(end, claim, 'CANCELLED')
  if (written === 'time is up') return release(connection, report)
  report.redisMs = saver.redisMs()
  return endAudience(
    end,
    claim,
    report.counts.unreadable > 0 || isPartly(report) ? 'PARTIAL' : 'COMPLETED',
    written,
  )
}

/** The index did not hold all users. */
function isPartly({ warnings }: AudienceReport): boolean {
  return warnings.some((warning) => warning.startsWith('The index is '))
}

async function preparedOf(
  { objects, definition, mostSampled }: BuildDeps,
  connection: Connection,
  { report, request, checkpoint }: AudienceClaim,
  pace: ReturnType<typeof pacer>,
  saver: ReturnType<typeof progressSaver>,
) {
  if (checkpoint !== undefined) {
    return {
      prepared: await decodePrepared(objects.read(await objects.head({ key: checkpoint.prepared }), 0)),
      checkpoint,
    }
  }
  report.scanned = 0
  const signOfLife = async () => void (await saver.save())
  const limits = mostSampled === undefined ? {} : { mostSampled }
  const prepare = { connection, objects, definition, pace, signOfLife, ...limits }
  const { prepared } = await prepareAudience(prepare, report.id, request)
  const key = `${workFolder(report.id)}prepared-${crypto.randomUUID()}`
  const file = { key, contentType: 'application/octet-stream' }
  await uploadStream(objects, file, oneByOne(encodePrepared(prepared)))
  const fresh = { prepared: key, runId: '', cursor: '0', isMapped: false, runs: [], chunks: [] }
  await saver.save(fresh)
  return { prepared, checkpoint: fresh }
}

/** The name of an index has the hash of its definition. FT.INFO does not show all that the hash is made of. */
function hashOfDefinition({ index, definition }: Prepared): string {
  const prefix = `${definition.name}:v`
  return index.startsWith(prefix) ? index.slice(prefix.length) : definitionHash(definition)
}

async function* oneByOne<T>(values: readonly T[]): AsyncIterable<T> {
  yield* values
}

/** Lets another invocation continue the run at its checkpoint. */
async function release(connection: Connection, report: AudienceReport): Promise<AudienceReport> {
  await connection.send(releaseArgs(report.id))
  return report
}
