import { setTimeout as delay } from 'node:timers/promises'
import type { IndexDefinition } from '../definition.ts'
import type { RunningSweep } from '../index/check-schema.ts'
import { parseScan, scanArgs } from '../redis/commands/keys.ts'
import type { CallOptions, Deadline, RedisPool } from '../redis/redis.ts'
import { quarantine } from './quarantine.ts'
import { type Found, findUnsearchable } from './suspects.ts'

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
/** Redis takes them, and links others wrongly in its graph: it has no distance to them. */
const POISON: ReadonlySet<string> = new Set(['VECTOR_ZERO', 'VECTOR_NOT_FINITE'])
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
  { redis, definition }: SweepDeps,
  found: readonly Found[],
  quarantines: boolean,
  options?: CallOptions,
): Promise<Dealt[]> {
  return redis.lease(async (connection) => {
    const dealt: Dealt[] = []
    for (const one of found) {
      // Of the others the vector is fine: they harm nobody.
      const mayGo = quarantines && one.code !== 'NOT_INDEXED'
      dealt.push({
        ...one,
        quarantined: mayGo && (await quarantine(connection, definition, one.id, options)),
      })
    }
    return dealt
  })
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
