import { setTimeout as delay } from 'node:timers/promises'
import type { IndexDefinition } from '../definition.ts'
import type { RunningSweep } from '../index-state/check-schema.ts'
import { markForRebuild } from '../provisioning/mark-for-rebuild.ts'
import { existsArgs, parseScan, scanArgs } from '../redis/commands/keys.ts'
import type { CallOptions, Deadline, RedisPool } from '../redis/redis.ts'
import { quarantine, quarantineKey } from './quarantine.ts'
import { type Found, findUnsearchable, mayGo, POISON } from './suspects.ts'

export interface SweepDeps {
  redis: RedisPool
  definition: IndexDefinition
  /** The real index. */
  index: string
}

export interface SweepOptions {
  until: Deadline
  /** How much of Redis's time the sweep may take while it runs. */
  share: number
  /** Whether users whose vectors are unusable are taken out of the index. */
  quarantines: boolean
}

/** 2 to 5 ms of Redis, during which nobody else is served. */
const KEYS_A_WINDOW = 500
/** What is kept of the findings. */
const NAMED = 100

/**
 * Looks at users from where the last run stopped, window by window, until all were looked at or the time is up. After
 * each window it rests, so that Redis has the rest of its time for others: a round trip is the most that Redis can have
 * spent on it.
 */
export async function sweepOn(
  deps: SweepDeps,
  sweep: RunningSweep,
  { until, share, quarantines }: SweepOptions,
  options?: CallOptions,
): Promise<RunningSweep> {
  const { redis, definition } = deps
  let now = sweep
  do {
    const startedAt = performance.now()
    const page = parseScan(await redis.send(scanArgs(now.cursor, definition.prefix, KEYS_A_WINDOW), options))
    // SCAN may give a key twice.
    const keys = [...new Set(page.keys)]
    const found = keys.length === 0 ? [] : await findUnsearchable(deps, keys, options)
    now = add(now, keys.length, await dealWith(deps, found, quarantines, options))
    now = { ...now, cursor: page.cursor, finishedAt: page.cursor === '0' ? new Date().toISOString() : null }
    if (now.finishedAt === null) await delay((performance.now() - startedAt) * (1 / share - 1))
  } while (now.finishedAt === null && Date.now() < until)
  return now
}

export function newSweep(): RunningSweep {
  return {
    ...{ startedAt: new Date().toISOString(), finishedAt: null, cursor: '0', scanned: 0, notSearchable: 0 },
    ...{ poison: 0, cleared: 0, quarantined: 0, findings: [] },
  }
}

interface Dealt extends Found {
  quarantined: boolean
}

async function dealWith(
  deps: SweepDeps,
  found: readonly Found[],
  quarantines: boolean,
  options?: CallOptions,
): Promise<Dealt[]> {
  const { redis, definition } = deps
  const going = quarantines ? await thoseToGo(deps, found, options) : []
  // Before the first of them goes: who dies in between leaves a graph that is known to be spoilt.
  if (going.some(({ code }) => POISON.has(code))) await markForRebuild({ redis, definition }, options)
  return redis.lease(async (connection) => {
    const dealt: Dealt[] = []
    for (const one of found) {
      const goes = going.includes(one)
      dealt.push({ ...one, quarantined: goes && (await quarantine(connection, definition, one.id, options)) })
    }
    return dealt
  })
}

/** Those who may go, and whose ids nobody has in quarantine: who stays is no reason to build a graph anew. */
async function thoseToGo(
  { redis, definition }: SweepDeps,
  found: readonly Found[],
  options?: CallOptions,
): Promise<Found[]> {
  const unusable = found.filter(mayGo)
  const taken = unusable.map(({ id }) => redis.send(existsArgs(quarantineKey(definition, id)), options))
  const isFree = (await Promise.all(taken)).map((reply) => reply === 0)
  return unusable.filter((_, i) => isFree[i])
}

function add(sweep: RunningSweep, scanned: number, dealt: Dealt[]): RunningSweep {
  const poison = dealt.filter(({ code }) => POISON.has(code))
  return {
    ...sweep,
    scanned: sweep.scanned + scanned,
    notSearchable: sweep.notSearchable + dealt.length,
    poison: sweep.poison + poison.length,
    cleared: sweep.cleared + poison.filter(({ quarantined }) => quarantined).length,
    quarantined: sweep.quarantined + dealt.filter(({ quarantined }) => quarantined).length,
    findings: [...sweep.findings, ...dealt].slice(0, NAMED),
  }
}
