import { setTimeout as delay } from 'node:timers/promises'
import type { IndexDefinition } from '../definition.ts'
import type { RunningSweep } from '../index-state/check-schema.ts'
import { markForRebuild } from '../provisioning/mark-for-rebuild.ts'
import { existsArgs, parseScan, scanArgs } from '../redis/commands/keys.ts'
import type { CallOptions, Deadline, RedisPool } from '../redis/redis.ts'
import { quarantineKey } from '../users/quarantine-key.ts'
import { quarantine } from './quarantine.ts'
import {
  CORRUPT_VECTOR_CODES,
  findUnsearchable,
  hasUnusableVector,
  type UnsearchableUser,
} from './suspects.ts'

export interface SweepDeps {
  redis: RedisPool
  definition: IndexDefinition
  /** The real index. */
  index: string
}

export interface SweepOptions {
  until: Deadline
  /** The share of Redis's time that the sweep may take while it runs. */
  share: number
  /** Whether to move users with unusable vectors to quarantine. */
  mayQuarantine: boolean
}

/** A window takes 2 to 5 ms of Redis, during which it serves no other client. */
const KEYS_PER_WINDOW = 500
/** How many findings the sweep saves. */
const MAX_FINDINGS = 100

/**
 * Continues the sweep window by window, until it has looked at all users or the time is up. After each window it
 * pauses, so that Redis has the rest of its time for other clients. The pause depends on the round trip, which is the
 * most that the window can have cost Redis.
 */
export async function continueSweep(
  deps: SweepDeps,
  sweep: RunningSweep,
  { until, share, mayQuarantine }: SweepOptions,
  options?: CallOptions,
): Promise<RunningSweep> {
  const { redis, definition } = deps
  let now = sweep
  do {
    const startedAt = performance.now()
    const page = parseScan(
      await redis.send(scanArgs(now.cursor, definition.prefix, KEYS_PER_WINDOW), options),
    )
    // SCAN may return a key twice.
    const keys = [...new Set(page.keys)]
    const found = keys.length === 0 ? [] : await findUnsearchable(deps, keys, options)
    now = addToSweep(now, keys.length, await handleUnsearchable(deps, found, mayQuarantine, options))
    now = { ...now, cursor: page.cursor, finishedAt: page.cursor === '0' ? new Date().toISOString() : null }
    if (now.finishedAt === null) await delay((performance.now() - startedAt) * (1 / share - 1))
  } while (now.finishedAt === null && Date.now() < until)
  return now
}

export function newSweep(): RunningSweep {
  return {
    ...{ startedAt: new Date().toISOString(), finishedAt: null, cursor: '0', scanned: 0, notSearchable: 0 },
    ...{ corruptVectors: 0, cleared: 0, quarantined: 0, findings: [] },
  }
}

interface HandledUser extends UnsearchableUser {
  quarantined: boolean
}

async function handleUnsearchable(
  deps: SweepDeps,
  found: readonly UnsearchableUser[],
  mayQuarantine: boolean,
  options?: CallOptions,
): Promise<HandledUser[]> {
  const { redis, definition } = deps
  const selected = mayQuarantine ? await selectForQuarantine(deps, found, options) : []
  // Marks the index before the first user moves. If the check dies in between, the mark remains.
  if (selected.some(({ code }) => CORRUPT_VECTOR_CODES.has(code)))
    await markForRebuild({ redis, definition }, options)
  return redis.lease(async (connection) => {
    const handled: HandledUser[] = []
    for (const one of found) {
      const isSelected = selected.includes(one)
      handled.push({
        ...one,
        quarantined: isSelected && (await quarantine(connection, definition, one.id, options)),
      })
    }
    return handled
  })
}

/**
 * The users with unusable vectors, and with ids that are free in quarantine. A user that must stay in the index is no
 * reason for a rebuild.
 */
async function selectForQuarantine(
  { redis, definition }: SweepDeps,
  found: readonly UnsearchableUser[],
  options?: CallOptions,
): Promise<UnsearchableUser[]> {
  const unusable = found.filter(hasUnusableVector)
  const lookups = unusable.map(({ id }) => redis.send(existsArgs(quarantineKey(definition, id)), options))
  const isFree = (await Promise.all(lookups)).map((reply) => reply === 0)
  return unusable.filter((_, i) => isFree[i])
}

function addToSweep(sweep: RunningSweep, scanned: number, handled: HandledUser[]): RunningSweep {
  const corrupt = handled.filter(({ code }) => CORRUPT_VECTOR_CODES.has(code))
  return {
    ...sweep,
    scanned: sweep.scanned + scanned,
    notSearchable: sweep.notSearchable + handled.length,
    corruptVectors: sweep.corruptVectors + corrupt.length,
    cleared: sweep.cleared + corrupt.filter(({ quarantined }) => quarantined).length,
    quarantined: sweep.quarantined + handled.filter(({ quarantined }) => quarantined).length,
    findings: [...sweep.findings, ...handled].slice(0, MAX_FINDINGS),
  }
}
