import * as v from 'valibot'
import type { IndexDefinition } from '../definition.ts'
import { AppError } from '../errors.ts'
import { ftSearchMatchingKeysArgs, parseFtSearch, TRUNCATED_SEARCH } from '../redis/commands/ft-search.ts'
import { parseScan, scanArgs } from '../redis/commands/keys.ts'
import type { CallOptions, Connection, Deadline, RedisPool } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { compileFilter, type Filter, MATCH_ALL } from '../search/filter.ts'
import { userKey } from '../users/user-record.ts'
import { CurvePointSchema, HoldoutSchema, SeedCountsSchema } from './audience-report-schema.ts'
import type { AudienceRequest, PreviewRequest } from './audience-request.ts'
import { userClassifier } from './classify-users.ts'
import { type Pacer, pacer } from './pacer.ts'
import { type LikeSeeds, prepareAudience } from './prepare-audience.ts'
import type { Prepared } from './prepared.ts'
import { readVectors } from './read-vectors.ts'
import { reduceRuns } from './reduce-runs.ts'
import { decodeRun, encodeRun, type ScoredUser } from './run-file.ts'
import { rowOf } from './scoring/vector-table.ts'
import { averageScorer, bestScorer } from './user-scorer.ts'

export type Preview = v.InferOutput<typeof PreviewSchema>
export const PreviewSchema = v.object({
  sampled: v.pipe(v.number(), v.description('How many random users were scored')),
  matched: v.pipe(v.number(), v.description('About how many users pass the filter')),
  users: v.pipe(v.nullable(v.number()), v.description('About how many users the audience has')),
  curve: v.array(CurvePointSchema),
  holdout: v.nullable(HoldoutSchema),
  seeds: SeedCountsSchema,
  warnings: v.array(v.string()),
  tookMs: v.number(),
})

export interface PreviewDeps {
  redis: RedisPool
  definition: IndexDefinition
  objects: ObjectStore
}

/** SCAN walks by the hash of the keys, so that the first users are as good as drawn by lot. */
const SAMPLE = 2_000
const KEYS_A_WINDOW = 200
const MOST_SEEDS = 1_000
/** The answer comes within five seconds: up to three files are read, and then users until 3.5 s are over. */
const TIMES_MS = { file: 700, sample: 3_500 }

/**
 * Estimates an audience by a random sample of the users. Writes nothing.
 *
 * @throws AppError as a build fails: SEEDS_UNUSABLE, FILTER_INVALID, OBJECT_NOT_FOUND, …
 */
export async function previewAudience(
  { redis, definition, objects }: PreviewDeps,
  asked: PreviewRequest,
  { deadline }: { deadline: Deadline },
): Promise<Preview> {
  const startedAt = Date.now()
  const size: AudienceRequest['size'] = asked.size ?? { percent: 1 }
  const request: AudienceRequest = { ...asked, ...WITHOUT_FILE, size }
  const filter = asked.filter === undefined ? MATCH_ALL : compileFilter(definition, asked.filter)
  return redis.lease(
    async (connection) => {
      const pace = pacer(1)
      const limits = { mostSeeds: MOST_SEEDS, mostMsAFile: TIMES_MS.file }
      const prepare = { connection, objects, definition, pace, ...limits, signOfLife: async () => {} }
      const { prepared, seeds } = await prepareAudience(prepare, 'preview', request)
      const until = startedAt + TIMES_MS.sample
      const { users, matched } = await sample(
        { connection, pace, prepared, filter, until, deadline },
        seeds,
        request,
      )
      const share = matched === 0 ? 1 : users.matched / matched
      const inSample = scaled(size, share)
      const all = decodeRun(encodeRun(users.all))
      const runs = async function* () {
        yield all
      }
      const reduced = await reduceRuns(runs, inSample, { heldWeight: share, matched: users.matched })
      const count = (sampled: number) => Math.round(sampled / share)
      return {
        sampled: users.matched,
        matched,
        users: asked.size === undefined ? null : count(reduced.counts.exported),
        curve: reduced.curve.map((point) => ({ ...point, users: count(point.users) })),
        holdout: reduced.holdout,
        seeds: prepared.seeds,
        warnings: [...prepared.warnings, ...filter.warnings],
        tookMs: Date.now() - startedAt,
      }
    },
    { deadline },
  )
}

const WITHOUT_FILE: Pick<AudienceRequest, 'fields' | 'hash' | 'format' | 'gzip'> = {
  ...{ fields: [], hash: [], format: 'csv', gzip: false },
}

interface SampleDeps extends CallOptions {
  connection: Connection
  pace: Pacer
  prepared: Prepared
  filter: Filter
  until: Deadline
  deadline: Deadline
}

/**
 * Scores random users, and all seeds of the hold-out that pass the filter: too few of these are among the random users.
 */
async function sample(
  { connection, pace, prepared, filter, until, deadline }: SampleDeps,
  { found, table }: LikeSeeds,
  { strategy }: Pick<AudienceRequest, 'strategy'>,
) {
  const { definition, index } = prepared
  const scorer = (strategy === 'average' ? averageScorer : bestScorer)(definition.vector.metric, prepared)
  const classify = userClassifier('preview', { ...prepared, sampleShare: 0 }, scorer)
  const byId = new Map<string, ScoredUser>()
  let scanned = 0
  let cursor = '0'
  do {
    const scan = scanArgs(cursor, definition.prefix, KEYS_A_WINDOW)
    const page = parseScan(await connection.send(scan, { deadline }))
    const keys = [...new Set(page.keys)]
    cursor = page.cursor
    scanned += keys.length
    if (keys.length === 0) continue
    const ids = await matching(keys)
    const vectors = await readVectors({ connection, definition, pace }, ids, { deadline })
    for (const user of classify(ids, vectors)) byId.set(user.id, user)
  } while (cursor !== '0' && byId.size < SAMPLE && Date.now() < until)
  const sampled = byId.size
  // A scan that ended has seen each user, so their number is no estimate.
  const matched =
    cursor === '0' || scanned === 0 ? sampled : Math.round((sampled / scanned) * prepared.documents)
  const passing = new Set<string>()
  for (let i = 0; i < prepared.heldUsers.length; i += KEYS_A_WINDOW) {
    const window = prepared.heldUsers.slice(i, i + KEYS_A_WINDOW)
    for (const id of await matching(window.map((id) => userKey(definition, id)))) passing.add(id)
  }
  const held = prepared.held.flatMap((row) => {
    const name = found[row]?.name
    return name !== undefined && passing.has(name) ? [{ name, vector: rowOf(table, row) }] : []
  })
  const scored = classify(
    held.map(({ name }) => name),
    held.map(({ vector }) => vector),
  )
  for (const user of scored) byId.set(user.id, user)
  return { users: { matched: sampled, all: [...byId.values()] }, matched }

  async function matching(keys: readonly string[]): Promise<string[]> {
    const reply = await connection.send(ftSearchMatchingKeysArgs(index, filter, keys), { deadline })
    const { rows, warnings } = parseFtSearch(reply, { content: false })
    if (warnings.length > 0) throw new AppError('REDIS_TIMEOUT', TRUNCATED_SEARCH)
    return rows.map(({ key }) => key.slice(definition.prefix.length))
  }
}

/** A number of users among the sampled ones. */
function scaled(size: AudienceRequest['size'], share: number): AudienceRequest['size'] {
  return 'users' in size ? { users: Math.max(1, Math.round(size.users * share)) } : size
}
