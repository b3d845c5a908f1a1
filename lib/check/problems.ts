import type { UnreadObjects } from '../import/unread-objects.ts'
import type { CheckResult } from '../index-state/check-schema.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import { MIN_FOUND_SHARE } from '../provisioning/canaries.ts'
import type { ServerState } from './server-state.ts'
import { findVulnerabilities } from './vulnerabilities.ts'

type Observations = Pick<CheckResult, 'canaries' | 'staleImports' | 'lastSweep' | 'sweep'> & {
  unread: UnreadObjects | null
  index: ProvisionResult
  /** Why the index change was refused; null if it was not. */
  refused: string | null
  server: ServerState
}

/**
 * Describes the problems that a person must act on now, one line each. An alarm counts these lines, so a sound
 * stack has none.
 */
export function findProblems(observations: Observations): string[] {
  return [
    ...findServerProblems(observations.server),
    ...findIndexProblems(observations),
    ...findUserProblems(observations),
    ...findImportProblems(observations),
  ]
}

/**
 * Describes findings to know and to plan for, one line each. No alarm counts these lines: a fixed version may
 * not exist yet.
 */
export function findNotices({ index, server }: Pick<Observations, 'index' | 'server'>): string[] {
  const notices = findVulnerabilities(server.versions)
  const { isTested, kind, redis, modules } = index.server
  if (!isTested)
    notices.push(
      `Lookalike is not tested on this server (${kind} ${redis}, search ${modules.search ?? 'none'})`,
    )
  return notices
}

/** Above this share, a copy on write or a burst of imports may not fit. */
const MAX_MEMORY_SHARE = 0.9

/** Above this share, a burst of searches may find no connection. */
const MAX_CONNECTIONS_SHARE = 0.8

function findServerProblems({ memory, clients, aof, isWritten }: ServerState): string[] {
  const problems: string[] = []
  if (memory.policy !== 'noeviction') {
    problems.push(
      `Expected maxmemory-policy noeviction, got ${memory.policy}: Redis deletes users silently when memory is full`,
    )
  }
  if (memory.used > memory.limit * MAX_MEMORY_SHARE) {
    problems.push(
      `${Math.round((memory.used / memory.limit) * 100)} % of Redis's memory is in use: give it more, or delete users`,
    )
  }
  if (clients.connected > clients.limit * MAX_CONNECTIONS_SHARE) {
    problems.push(
      `${clients.connected} of ${clients.limit} connections of Redis are open: raise maxclients, or lower the concurrency of the functions`,
    )
  }
  if (!aof)
    problems.push('Expected an append-only file (appendonly yes), got none: users are lost when Redis ends')
  if (!isWritten)
    problems.push('The last write of Redis to its disk failed: check the space and the log of its machine')
  return problems
}

function findIndexProblems({
  index: { state, percentIndexed, drift, migration },
  refused,
}: Observations): string[] {
  const problems = refused === null ? [] : [`The change of the index was refused: ${refused}`]
  if (state === 'drifted') {
    problems.push(`The index differs from its definition: ${drift.map(({ field }) => field).join(', ')}`)
  } else if (state !== 'ready') problems.push(`The index is ${state} (${percentIndexed} %)`)
  if (migration !== null && migration.problem !== null) {
    problems.push(`The change of the index waits: ${migration.problem}`)
  }
  return problems
}

/** Without ids: these lines are logged, and the log contains no user. */
function findUserProblems({ canaries, lastSweep, sweep }: Observations): string[] {
  const problems: string[] = []
  if (canaries !== null && canaries.asked - canaries.lost.length < canaries.asked * MIN_FOUND_SHARE) {
    problems.push(
      `${canaries.lost.length} of ${canaries.asked} users were not found by a search with their own vectors`,
    )
  }
  const latest = sweep !== null && sweep.notSearchable > 0 ? sweep : lastSweep
  if (latest !== null && latest.notSearchable > 0) {
    const { notSearchable, scanned, corruptVectors, quarantined } = latest
    problems.push(
      `${notSearchable} of ${scanned} users cannot be found by searches, ${corruptVectors} of these have corrupt vectors, ${quarantined} are in quarantine`,
    )
  }
  return problems
}

function findImportProblems({ staleImports, unread }: Observations): string[] {
  const problems: string[] = []
  if (staleImports.length > 0)
    problems.push(`Imports are RUNNING without a running importer: ${listNames(staleImports)}`)
  if (unread !== null && unread.failed > 0) {
    const failed = unread.objects.filter(({ reason }) => reason === 'FAILED')
    const names = listNames(failed.map(({ key, code }) => `${key}${code === undefined ? '' : ` (${code})`}`))
    problems.push(`${unread.failed} objects were read by no import, because their imports failed: ${names}`)
  }
  return problems
}

function listNames(names: string[]): string {
  const [shown, more] = [names.slice(0, 10), names.length - 10]
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
