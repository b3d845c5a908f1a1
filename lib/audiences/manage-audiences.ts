import { randomBytes } from 'node:crypto'
import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import { type CallOptions, type Redis, type RedisPool, replyOf } from '../redis/redis.ts'
import { CONFLICT, retryOnConflict } from '../redis/retry-on-conflict.ts'
import { transact } from '../redis/transact.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { compileFilter } from '../search/filter.ts'
import type { Queue } from '../sqs/queue.ts'
import {
  type AudienceLedger,
  audienceKey,
  cancelArgs,
  forgetArgs,
  orderArgs,
  parseAudience,
  readAudience,
  readAudienceArgs,
  readNewest,
} from './audience-ledger.ts'
import { AUDIENCE_ID, audienceFolder, newReport } from './audience-report.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import type { AudienceRequest } from './audience-request.ts'
import { hasEnded } from './audience-state.ts'
import { inlineMembers } from './members.ts'

export interface ManageAudiencesDeps {
  redis: RedisPool
  definition: IndexDefinition
  objects: ObjectStore
  queue: Queue
}

const LISTED = 100

/**
 * Saves an audience and puts its first run on the queue.
 *
 * @throws AppError VECTOR_*, FILTER_INVALID, FIELD_UNKNOWN; OBJECT_NOT_FOUND for a file that is not in the bucket;
 *   OBJECT_UNAVAILABLE, QUEUE_UNAVAILABLE, REDIS_*
 */
export async function orderAudience(
  deps: ManageAudiencesDeps,
  request: AudienceRequest,
  options?: CallOptions,
): Promise<AudienceReport> {
  await checkRequest(deps, request)
  // A lifecycle rule for `audiences/a` leaves the seeds in `audiences/seeds/` alone.
  const id = `a${randomBytes(8).toString('hex').slice(1)}`
  const report = newReport(id, 1, request, deps.definition, deps.objects.bucket)
  const ordered = await deps.redis.lease(
    (connection) => transact(connection, orderArgs(report, request), options),
    options,
  )
  ordered?.map(replyOf)
  await deps.queue.send({ audience: { id, run: report.run } })
  return report
}

/** Checks all that can be checked before the job. A typing error must not fail an hour later. */
async function checkRequest(
  { definition, objects }: ManageAudiencesDeps,
  { filter, like, unlike, exclude }: AudienceRequest,
): Promise<void> {
  if (filter !== undefined) compileFilter(definition, filter)
  if (Array.isArray(like)) inlineMembers(definition, like, 'like')
  if (Array.isArray(unlike)) inlineMembers(definition, unlike, 'unlike')
  for (const input of [like, unlike, exclude]) {
    if (input !== undefined && !Array.isArray(input)) await objects.head(input)
  }
}

/** The audiences of one stack. Two stacks on one Redis share the keys, but not the bucket. */
export type OwnAudiences = { redis: Redis } & Pick<ManageAudiencesDeps, 'objects'>

/** Of the newest hundred, the audiences of this bucket, newest first. */
export async function listAudiences(
  { redis, objects }: OwnAudiences,
  options?: CallOptions,
): Promise<AudienceReport[]> {
  const ledgers = await readNewest(redis, LISTED, options)
  return ledgers.flatMap(({ report }) => (report?.bucket === objects.bucket ? report : []))
}

/** @throws AppError AUDIENCE_NOT_FOUND */
export async function showAudience(
  { redis, objects }: OwnAudiences,
  id: string,
  options?: CallOptions,
): Promise<AudienceReport> {
  return known(id, await readAudience(redis, id, options), objects).report
}

/**
 * Asks a running audience to stop. Deletes an audience that has ended, with its files.
 *
 * @returns the report if the audience was asked to stop; undefined if it is deleted
 * @throws AppError AUDIENCE_NOT_FOUND, OBJECT_UNAVAILABLE
 */
export async function deleteAudience(
  { redis, objects }: Pick<ManageAudiencesDeps, 'redis' | 'objects'>,
  id: string,
  options?: CallOptions,
): Promise<AudienceReport | undefined> {
  const { report } = known(id, await readAudience(redis, id, options), objects)
  if (!hasEnded(report)) {
    await redis.send(cancelArgs(id), options)
    return report
  }
  // The files first. Without the entry in Redis, no later call could find them.
  for await (const page of objects.list(audienceFolder(id))) await objects.remove(page.map(({ key }) => key))
  const outcomes = await redis.lease((connection) => transact(connection, forgetArgs(id), options), options)
  outcomes?.map(replyOf)
  return undefined
}

/**
 * Orders a new run of an audience. Of two orders at once only one counts.
 *
 * @throws AppError AUDIENCE_NOT_FOUND, AUDIENCE_RUNNING, QUEUE_UNAVAILABLE
 */
export async function refreshAudience(
  { redis, definition, objects, queue }: ManageAudiencesDeps,
  id: string,
  options?: CallOptions,
): Promise<AudienceReport> {
  const report = await redis.lease(
    (connection) =>
      retryOnConflict(
        connection,
        { purpose: `order the audience ${id}`, ...(options && { options }) },
        async (commit) => {
          const [, reply] = await connection.pipeline(
            [watchArgs(audienceKey(id)), readAudienceArgs(id)],
            options,
          )
          const { report: before, request } = known(id, parseAudience(replyOf(reply)), objects)
          if (!hasEnded(before)) {
            throw new AppError(
              'AUDIENCE_RUNNING',
              `Expected an audience that has ended, got an audience that is ${before.state}`,
            )
          }
          const { files, createdAt } = before
          const fresh = newReport(id, before.run + 1, request, definition, objects.bucket)
          const next: AudienceReport = { ...fresh, createdAt, files }
          const outcomes = await commit(orderArgs(next, request))
          if (outcomes === CONFLICT) return CONFLICT
          outcomes.map(replyOf)
          return next
        },
      ),
    options,
  )
  await queue.send({ audience: { id, run: report.run } })
  return report
}

/**
 * The text as an id. Other keys begin with an audience's key, so any other text must not become a key.
 *
 * @throws AppError AUDIENCE_NOT_FOUND
 */
export function audienceId(text: string): string {
  if (AUDIENCE_ID.test(text)) return text
  throw notFound(text)
}

/** @throws AppError AUDIENCE_NOT_FOUND, also for an audience of another bucket */
export function known(
  id: string,
  { report, request }: AudienceLedger,
  { bucket }: Pick<ObjectStore, 'bucket'>,
): { report: AudienceReport; request: AudienceRequest } {
  if (report?.bucket === bucket && request !== undefined) return { report, request }
  throw notFound(id)
}

function notFound(id: string): AppError {
  return new AppError(
    'AUDIENCE_NOT_FOUND',
    `Expected the id of an audience, got ${JSON.stringify(id.slice(0, 64))}`,
  )
}
