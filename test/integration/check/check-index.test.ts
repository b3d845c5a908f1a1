import { beforeEach, describe, expect, it } from 'vitest'
import { checkHealth } from '../../../lib/check/check-health.ts'
import { type CheckOptions, checkIndex } from '../../../lib/check/check-index.ts'
import { listQuarantine, quarantine, restoreUsers } from '../../../lib/check/quarantine.ts'
import { defineIndex, type IndexDefinition, indexName } from '../../../lib/definition.ts'
import { importId, newReport } from '../../../lib/import/import-report.ts'
import { saveUnread, unreadObjects } from '../../../lib/import/unread-objects.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { indexStatus } from '../../../lib/index-state/index-status.ts'
import { readVersions, saveVersionsArgs } from '../../../lib/index-state/versions.ts'
import type { Metrics, MetricValues } from '../../../lib/lambda/metrics.ts'
import { markForRebuild } from '../../../lib/provisioning/mark-for-rebuild.ts'
import { planIndex } from '../../../lib/provisioning/plan-index.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { ftCreateArgs } from '../../../lib/redis/commands/ft-create.ts'
import type { CallOptions, Connection, RedisPool } from '../../../lib/redis/redis.ts'
import { bikeShop, store, storeBikeShop } from '../../support/bike-shop.ts'
import { cutShort } from '../../support/cut-short.ts'
import { useRedis, VERSIONS } from '../../support/redis.ts'

const maxK = 1_000
const unseparated = defineIndex(INDEX_DEFINITION, { prefix: 'user' })
const l2 = defineIndex(INDEX_DEFINITION, { vector: { metric: 'L2' } })

describe.each(VERSIONS)('the scheduled check, on Redis (%s),', (version) => {
  const server = useRedis({ version, appendonly: true })
  const redis = () => server.pool()
  const lines: [message: string, fields: Record<string, unknown> | undefined][] = []
  const write = (message: string, fields?: Record<string, unknown>) => void lines.push([message, fields])
  const log = { info: write, warn: write, error: write }
  let emitted: MetricValues = {}
  const metrics: Metrics = (values) => void Object.assign(emitted, values)

  beforeEach(async () => {
    lines.length = 0
    emitted = {}
    await redis().send(['FLUSHALL'])
    await provisionIndex({ redis: redis(), definition: bikeShop })
    await storeBikeShop(redis())
  })

  /** A sweep of few users is one window, and goes on for as many runs as it takes when there is no time. */
  const check = (options: CheckOptions = {}, definition: IndexDefinition = bikeShop) =>
    checkIndex({ redis: server.pool('check-index'), definition, log, metrics, maxK, bucket: 'b' }, options)

  it('finds nothing wrong with a sound index, and says what the server lacks', async () => {
    const { index, problems, notices, lastSweep, sweep, canaries, memory, appendOnlyFile } = await check()
    expect(index).toMatchObject({ state: 'ready', change: 'unchanged' })
    expect(lastSweep).toMatchObject({ scanned: 4, notSearchable: 0, findings: [] })
    expect([sweep, canaries, appendOnlyFile]).toEqual([null, { asked: 4, lost: [] }, true])
    expect(memory).toMatchObject({ policy: 'noeviction' })
    // An alarm counts the problems. It must be quiet while no person must act.
    expect(problems).toEqual([])
    expect(notices.filter((notice) => !notice.includes('known vulnerabilities'))).toEqual([])
    expect(lines).toContainEqual(['index checked', expect.objectContaining({ problems: [], notices })])
    expect(emitted).toMatchObject({ Problems: 0, Notices: notices.length, Documents: 4, NotSearchable: 0 })
    expect(emitted).toMatchObject({ CanariesLost: 0, ConnectionsUsed: expect.any(Number) })
    expect(emitted.ConnectionsUsed).toBeGreaterThan(0)
  })

  it('warns of a prefix that another index shares, or that takes in more than it means', async () => {
    const create = (name: string, prefix: string) =>
      redis().send(['FT.CREATE', name, 'ON', 'HASH', 'PREFIX', '1', prefix, 'SCHEMA', 'a', 'TAG'])
    await create('shop:idx', 'user:vip:')
    await create('apart', 'order:')
    const { problems, notices } = await check()
    expect(notices).toContain('The index shop:idx also covers keys under user:, by its prefix user:vip:')
    expect([...problems, ...notices].filter((line) => line.includes('apart'))).toEqual([])
    const plan = await planIndex({ redis: server.pool('provision-index'), definition: unseparated })
    expect(plan.notes).toEqual(
      expect.arrayContaining([
        expect.stringContaining('The prefix user ends without a separator'),
        expect.stringContaining('The index shop:idx also covers keys under user'),
      ]),
    )
    for (const name of ['shop:idx', 'apart']) await redis().send(['FT.DROPINDEX', name])
  })

  it('warns when the server gives fewer results than a caller may ask for', async () => {
    const about = () => check().then(({ problems }) => problems.filter((one) => one.includes('MAX_K')))
    expect(await about()).toEqual([])
    const limit = ['FT.CONFIG', 'SET', 'MAXSEARCHRESULTS']
    await redis().send([...limit, '999'])
    try {
      expect(await about()).toEqual([
        'Expected MAXSEARCHRESULTS of Redis to be at least MAX_K (1000), it is lower: raise MAXSEARCHRESULTS or lower MAX_K',
      ])
    } finally {
      await redis().send([...limit, '10000'])
    }
  })

  it('names whom no search can find, and why', async () => {
    await store(redis(), {
      'user:zero': { vector_embedding: [0, 0, 0] },
      'user:overflow': { vector_embedding: [1e39, 0, 0] },
      'user:long': { vector_embedding: [3e38, 3e38, 3e38] },
      'user:short': { vector_embedding: [1, 2] },
      'user:text': { vector_embedding: 'x' },
      'user:none': { user: 'x' },
      'user:labels': { vector_embedding: [1, 2, 3], labels: 5 },
    })
    await redis().send(['HSET', 'user:hash', 'a', '1'])
    const { lastSweep, problems } = await check()
    const codes = Object.fromEntries((lastSweep?.findings ?? []).map(({ id, code }) => [id, code]))
    expect(codes).toEqual({
      zero: 'VECTOR_ZERO',
      overflow: 'VECTOR_NOT_FINITE',
      long: 'VECTOR_NOT_FINITE',
      short: 'VECTOR_DIMENSIONS',
      text: 'USER_NOT_SEARCHABLE',
      none: 'USER_NOT_SEARCHABLE',
      hash: 'RECORD_UNSTORABLE',
      labels: 'NOT_INDEXED',
    })
    expect(lastSweep).toMatchObject({ scanned: 12, notSearchable: 8, quarantined: 0 })
    expect(problems).toContainEqual(
      '8 of 12 users cannot be found by searches, 3 of these have corrupt vectors, 0 are in quarantine',
    )
    expect(await redis().send(['EXISTS', 'user:zero'])).toBe(1)
  })

  it('keeps what it found for GET /index and GET /health', async () => {
    await store(redis(), { 'user:zero': { vector_embedding: [0, 0, 0] } })
    await check()
    const { check: kept } = await indexStatus({
      redis: server.pool('provision-index'),
      definition: bikeShop,
    })
    expect(kept?.lastSweep?.findings).toEqual([{ id: 'zero', code: 'VECTOR_ZERO', quarantined: false }])
    const health = await checkHealth({ redis: server.pool('health'), definition: bikeShop })
    expect(health).toMatchObject({ status: 'ok', problems: [] })
    expect(health.warnings).toContainEqual(expect.stringContaining('1 of 5 users cannot be found'))
    expect(JSON.stringify(lines)).not.toContain('zero')
  })

  it('takes users with unusable vectors out, when it is told to, and gives them back', async () => {
    await store(redis(), {
      'user:zero': { vector_embedding: [0, 0, 0] },
      'user:labels': { vector_embedding: [1, 2, 3], labels: 5 },
    })
    const { lastSweep } = await check({ mayQuarantine: true })
    expect(lastSweep).toMatchObject({ notSearchable: 2, quarantined: 1 })
    const deps = { redis: server.pool('provision-index'), definition: bikeShop }
    expect(await listQuarantine(deps)).toEqual(['zero'])
    expect(await redis().send(['EXISTS', 'user:zero', 'user:labels'])).toBe(1)
    expect(await restoreUsers(deps, ['zero', 'labels', 'nobody'])).toEqual(['zero'])
    expect(await redis().send(['EXISTS', 'user:zero'])).toBe(1)
  })

  it('names at most a thousand in quarantine, and gives each back by a command that is sent once', async () => {
    const keys = Array.from({ length: 2_500 }, (_, i) => [`quarantine:user:n${i}`, '{}'])
    await redis().send(['MSET', ...keys.flat()])
    const pool = server.pool('provision-index')
    expect(await listQuarantine({ redis: pool, definition: bikeShop })).toHaveLength(1_000)
    const sent: CallOptions[] = []
    const send: RedisPool['send'] = (command, options = {}) => {
      sent.push(options)
      return pool.send(command, options)
    }
    expect(await restoreUsers({ redis: { send }, definition: bikeShop }, ['n1'])).toEqual(['n1'])
    expect(sent).toEqual([{ once: true }])
  })

  it('leaves alone what is no user under the prefix, or has no vector: it may be of another application', async () => {
    await store(redis(), {
      'user:short': { vector_embedding: [1, 2] },
      'user:none': { user: 'x' },
      'user:text': { vector_embedding: 'x' },
    })
    await redis().send(['HSET', 'user:hash', 'a', '1'])
    const { lastSweep } = await check({ mayQuarantine: true })
    expect(lastSweep).toMatchObject({ notSearchable: 4, quarantined: 1 })
    expect(await redis().send(['EXISTS', 'user:none', 'user:text', 'user:hash'])).toBe(3)
    const lease = <T>(work: (own: Connection) => Promise<T>) => server.pool('check-index').lease(work)
    for (const id of ['none', 'text', 'hash']) {
      expect(await lease((own) => quarantine(own, bikeShop, id))).toBe(false)
    }
  })

  it('knows of a spoilt graph even when it was killed just after the poison had gone', async () => {
    await store(redis(), { 'user:zero': { vector_embedding: [0, 0, 0] } })
    const mortal = mortalAfter('RENAMENX', server.pool('check-index'))
    const killed = checkIndex(
      { redis: mortal, definition: bikeShop, log, metrics, maxK },
      { mayQuarantine: true },
    )
    await expect(killed).rejects.toThrow('killed')
    expect(await redis().send(['EXISTS', 'user:zero', 'quarantine:user:zero'])).toBe(1)
    expect(await readVersions(redis(), bikeShop.name)).toMatchObject({ needsRebuild: indexName(bikeShop) })
    expect((await check({ until: Date.now() + 20_000 })).index).toMatchObject({
      change: 'migrated',
      index: `${indexName(bikeShop)}.2`,
    })
  })

  it('has the graph built anew in which the poison is that it is to be taken out of', async () => {
    const [live, next] = [indexName(bikeShop), `${indexName(bikeShop)}.2`]
    await redis().send(ftCreateArgs(next, bikeShop))
    const versions = await readVersions(redis(), bikeShop.name)
    const migration = { from: live, to: next, startedAt: '', changes: [], copy: null, problem: null }
    await redis().send(saveVersionsArgs(bikeShop.name, { ...versions, migration, needsRebuild: live }))
    await markForRebuild({ redis: server.pool('check-index'), definition: bikeShop })
    expect(await readVersions(redis(), bikeShop.name)).toMatchObject({ migration: null, needsRebuild: live })
    expect(await redis().send(['FT._LIST'])).toEqual([live])
  })

  it('does not build a graph anew for poison that stays, because its id is taken in quarantine', async () => {
    await store(redis(), {
      'user:zero': { vector_embedding: [0, 0, 0] },
      'quarantine:user:zero': { vector_embedding: [0, 0, 0] },
    })
    const { lastSweep } = await check({ mayQuarantine: true })
    expect(lastSweep).toMatchObject({ corruptVectors: 1, quarantined: 0 })
    expect(await readVersions(redis(), bikeShop.name)).toMatchObject({ needsRebuild: null })
  })

  it('goes on where its time was up, over as many runs as it takes', async () => {
    const users = Array.from({ length: 1_200 }, (_, i) => [`user:n${i}`, { vector_embedding: [1, i + 1, 2] }])
    await store(redis(), { ...Object.fromEntries(users), 'user:zero': { vector_embedding: [0, 0, 0] } })
    const first = await check({ share: 0.9 })
    expect(first.lastSweep).toBeNull()
    expect(first.sweep?.scanned).toBeGreaterThan(0)
    expect(first.sweep?.scanned).toBeLessThan(1_205)
    let last = first
    while (last.lastSweep === null) last = await check({ share: 0.9 })
    expect(last.lastSweep.scanned).toBeGreaterThanOrEqual(1_205)
    expect(last.lastSweep.findings).toEqual([{ id: 'zero', code: 'VECTOR_ZERO', quarantined: false }])
  })

  it('counts nobody as lost whom Redis had no time to look for', async () => {
    const pool = server.pool('check-index')
    const slow = { ...pool, ...cutShort(pool) }
    const { canaries, problems } = await checkIndex({ redis: slow, definition: bikeShop, log, metrics, maxK })
    expect(canaries).toBeNull()
    expect(problems.join()).not.toContain('not found')
  })

  it('makes a missing index, goes on with a change, and begins none', async () => {
    await redis().send(['FT.DROPINDEX', indexName(bikeShop)])
    expect((await check()).index).toMatchObject({ change: 'created' })
    expect((await check({}, l2)).index).toMatchObject({ change: 'unchanged', state: 'drifted' })
    expect((await check({}, l2)).problems).toContain('The index differs from its definition: vector.metric')
  })

  it('names objects of which no import could read anything', async () => {
    const unread = unreadObjects()
    const begun = newReport(
      'b',
      { bucket: 'b', key: 'imports/a.xlsx' },
      { dryRun: false, onError: 'continue' },
      'x',
    )
    const problem = { code: 'FILE_UNSUPPORTED', message: '' } as const
    unread.addFailed({ ...begun, state: 'FAILED', problem, duplicateAt: null })
    unread.addMarker('imports/_SUCCESS')
    await saveUnread(server.pool(), 'b', unread.result())
    const { problems } = await check()
    expect(problems).toContain(
      '1 objects were read by no import, because their imports failed: imports/a.xlsx (FILE_UNSUPPORTED)',
    )
  })

  it('names imports that run, and that no writer saves', async () => {
    const id = importId('bucket', 'imports/a.ndjson')
    const report = {
      id,
      bucket: 'b',
      state: 'RUNNING',
      updatedAt: new Date(Date.now() - 3_600_000).toISOString(),
    }
    await redis().send(['HSET', `lookalike:import:${id}`, 'report', JSON.stringify(report)])
    await redis().send(['ZADD', 'lookalike:imports', '1', id])
    const { staleImports, problems } = await check()
    expect(staleImports).toEqual([id])
    expect(problems).toContain(`Imports are RUNNING without a running importer: ${id}`)
  })

  it('says when users may be evicted, and when memory is short', async () => {
    await redis().send(['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'])
    await redis().send(['CONFIG', 'SET', 'maxmemory', '1gb'])
    try {
      expect((await check()).problems).toContainEqual(
        expect.stringMatching(/^Expected maxmemory-policy noeviction, got allkeys-lru/),
      )
    } finally {
      await redis().send(['CONFIG', 'SET', 'maxmemory-policy', 'noeviction'])
      await redis().send(['CONFIG', 'SET', 'maxmemory', '0'])
    }
  })
})

/** Ends the work with the first transaction that has the command in it, as soon as Redis has executed that. */
function mortalAfter(name: string, redis: RedisPool): RedisPool {
  const killedAfter = (own: Connection): Connection => ({
    send: (command, options) => own.send(command, options),
    async pipeline(commands, options) {
      const outcomes = await own.pipeline(commands, options)
      if (commands.some(([first]) => first === name)) throw new Error('killed')
      return outcomes
    },
  })
  return { ...redis, lease: (work) => redis.lease((own) => work(killedAfter(own))) }
}
