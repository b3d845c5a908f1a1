import { hdelArgs, hgetArgs, hgetallArgs, hsetArgs, parseHgetall } from '../redis/commands/hashes.ts'
import { delArgs } from '../redis/commands/keys.ts'
import {
  parseZrange,
  zaddArgs,
  zrangeGreatestArgs,
  zrangeUpToArgs,
  zremArgs,
} from '../redis/commands/sorted-sets.ts'
import type { CallOptions, Command, Redis, Reply } from '../redis/redis.ts'
import { asString } from '../redis/reply.ts'
import type { AudienceReport } from './audience-report-schema.ts'
import type { AudienceRequest } from './audience-request.ts'
import { dueTime } from './due-time.ts'

/** The data of an audience in Redis: one hash. */
export interface AudienceLedger {
  request?: AudienceRequest
  report?: AudienceReport
  /** The name of the connection that writes it now. */
  writer?: string
  /** The state of its run, from which another invocation continues. */
  checkpoint?: Checkpoint
  /** The audience as it was written last, for the next refresh. */
  last?: LastAudience
  isCancelled: boolean
}

/** All users before it are in the bucket. The report was saved in the same write, and counts them. */
export interface Checkpoint {
  /** The file of the seeds' vectors: the same in every invocation of a run, though the users change. */
  prepared: string
  /** Of the server. Each start of a server makes another order of keys, and a cursor of SCAN is a place in that order. */
  runId: string
  cursor: string
  isMapped: boolean
  /** The files of scored users. */
  runs: readonly string[]
  /** The files of the audience's rows with their fields. */
  chunks: readonly string[]
}

export interface LastAudience {
  run: number
  /** The file of its members. */
  members: string
  definition: string
  /** A hash of its seeds and their vectors. */
  seeds: string
  /** No user was beyond its number: each that was similar enough is in it. An audience of an older release says nothing. */
  isUncut?: boolean
  finishedAt: string
}

export function audienceKey(id: string): string {
  return `lookalike:audience:${id}`
}

/** The audiences by when they were ordered: a sorted set of ids. */
export const AUDIENCES_KEY = 'lookalike:audiences'

/** The audiences that the schedule must look at, by when: a sorted set of ids. */
export const DUE_KEY = 'lookalike:audiences:due'

export function readAudienceArgs(id: string): Command {
  return hgetallArgs(audienceKey(id))
}

export function parseAudience(reply: Reply): AudienceLedger {
  const { request, report, writer, checkpoint, last, cancelled } = parseHgetall(reply)
  return {
    ...(request !== undefined && { request: JSON.parse(request) }),
    ...(report !== undefined && { report: JSON.parse(report) }),
    ...(writer !== undefined && { writer }),
    ...(checkpoint !== undefined && { checkpoint: JSON.parse(checkpoint) }),
    ...(last !== undefined && { last: JSON.parse(last) }),
    isCancelled: cancelled !== undefined,
  }
}

export async function readAudience(redis: Redis, id: string, options?: CallOptions): Promise<AudienceLedger> {
  return parseAudience(await redis.send(readAudienceArgs(id), options))
}

/** The newest audiences, newest first. */
export async function readNewest(
  redis: Redis,
  count: number,
  options?: CallOptions,
): Promise<AudienceLedger[]> {
  const ids = parseZrange(await redis.send(zrangeGreatestArgs(AUDIENCES_KEY, count), options))
  return Promise.all(ids.map((id) => readAudience(redis, id, options)))
}

/** The audiences that are due, the longest due first. */
export async function readDue(redis: Redis, options?: CallOptions): Promise<string[]> {
  return parseZrange(await redis.send(zrangeUpToArgs(DUE_KEY, Date.now()), options))
}

/** The report alone: a request may have vectors. */
export async function readReport(
  redis: Redis,
  id: string,
  options?: CallOptions,
): Promise<AudienceReport | undefined> {
  const reply = await redis.send(hgetArgs(audienceKey(id), 'report'), options)
  return reply === null ? undefined : JSON.parse(asString(reply))
}

/** Puts the audience where the schedule finds it when its time comes. */
function dueArgs(report: AudienceReport): Command {
  const at = dueTime(report)
  return at === undefined ? zremArgs(DUE_KEY, report.id) : zaddArgs(DUE_KEY, at, report.id)
}

export function forgetArgs(id: string): Command[] {
  return [delArgs(audienceKey(id)), zremArgs(AUDIENCES_KEY, id), zremArgs(DUE_KEY, id)]
}

/** A new audience, or a new run of an audience. */
export function orderArgs(report: AudienceReport, request: AudienceRequest): Command[] {
  return [
    hsetArgs(audienceKey(report.id), { request: JSON.stringify(request), report: JSON.stringify(report) }),
    hdelArgs(audienceKey(report.id), ['checkpoint', 'cancelled']),
    zaddArgs(AUDIENCES_KEY, Date.parse(report.createdAt), report.id),
    dueArgs(report),
  ]
}

/** Saves the report and the checkpoint in one write, so that they always agree. */
export function saveArgs(report: AudienceReport, checkpoint?: Checkpoint): Command {
  return hsetArgs(audienceKey(report.id), {
    report: JSON.stringify(report),
    ...(checkpoint !== undefined && { checkpoint: JSON.stringify(checkpoint) }),
  })
}

export function saveEndArgs(report: AudienceReport, last: LastAudience | undefined): Command[] {
  const key = audienceKey(report.id)
  return [
    hsetArgs(key, {
      report: JSON.stringify(report),
      ...(last !== undefined && { last: JSON.stringify(last) }),
    }),
    hdelArgs(key, ['writer', 'checkpoint', 'cancelled']),
    dueArgs(report),
  ]
}

export function releaseArgs(id: string): Command {
  return hdelArgs(audienceKey(id), ['writer'])
}

export function cancelArgs(id: string): Command {
  return hsetArgs(audienceKey(id), { cancelled: '1' })
}
