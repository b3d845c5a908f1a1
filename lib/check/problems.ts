import type { UnreadObjects } from '../import/unread-objects.ts'
import type { CheckResult } from '../index-state/check-schema.ts'
import type { ProvisionResult } from '../index-state/index-status-schema.ts'
import { FOUND_AT_LEAST } from '../provisioning/canaries.ts'
import type { ServerState } from './server-state.ts'
import { vulnerabilities } from './vulnerabilities.ts'

type Facts = Pick<CheckResult, 'canaries' | 'staleImports' | 'lastSweep' | 'sweep'> & {
  unread: UnreadObjects | null
  index: ProvisionResult
  /** Why the index cannot be built anew. */
  refused: string | null
  server: ServerState
}

/** What of all that was found is wrong, one line each, for a person. */
export function findProblems(facts: Facts): string[] {
  return [...ofServer(facts.server), ...ofIndex(facts), ...ofUsers(facts), ...ofImports(facts)]
}

/** Beyond it a copy on write or a burst of imports may not fit. */
const ROOM_UP_TO = 0.9

function ofServer({ versions, memory, aof, isWritten }: ServerState): string[] {
  const problems = vulnerabilities(versions)
  if (memory.policy !== 'noeviction') {
    problems.push(`maxmemory-policy is ${memory.policy}: users vanish without a word; set noeviction`)
  }
  if (memory.used > memory.limit * ROOM_UP_TO) {
    problems.push(`${Math.round((memory.used / memory.limit) * 100)} % of the memory is in use`)
  }
  if (!aof) problems.push('There is no append-only file: users are lost when Redis ends')
  if (!isWritten) problems.push('What Redis last wrote to disk did not get there')
  return problems
}

function ofIndex({ index: { state, percentIndexed, drift, migration, server }, refused }: Facts): string[] {
  const problems = refused === null ? [] : [`The index is not changed: ${refused}`]
  if (!server.isTested)
    problems.push(
      `Lookalike is not tested on this server (${server.kind} ${server.redis}, search ${server.modules.search ?? 'none'})`,
    )
  if (state === 'drifted') {
    problems.push(`The index is not as defined: ${drift.map(({ field }) => field).join(', ')}`)
  } else if (state !== 'ready') problems.push(`The index is ${state} (${percentIndexed} %)`)
  if (migration !== null && migration.problem !== null) {
    problems.push(`The index is not changed: ${migration.problem}`)
  }
  return problems
}

/** Not by name: these lines are logged, and who a user is is nobody's business there. */
function ofUsers({ canaries, lastSweep, sweep }: Facts): string[] {
  const problems: string[] = []
  if (canaries !== null && canaries.asked - canaries.lost.length < canaries.asked * FOUND_AT_LEAST) {
    problems.push(`${canaries.lost.length} of ${canaries.asked} users are not found by their own vectors`)
  }
  const latest = sweep !== null && sweep.notSearchable > 0 ? sweep : lastSweep
  if (latest !== null && latest.notSearchable > 0) {
    const { notSearchable, scanned, poison, quarantined } = latest
    problems.push(
      `${notSearchable} of ${scanned} users cannot be found, ${poison} of them are poison, ${quarantined} are in quarantine`,
    )
  }
  return problems
}

function ofImports({ staleImports, unread }: Facts): string[] {
  const problems: string[] = []
  if (staleImports.length > 0) problems.push(`Imports run, and no writer saves them: ${named(staleImports)}`)
  if (unread !== null && unread.failed > 0) {
    const failed = unread.objects.filter(({ reason }) => reason === 'FAILED')
    const names = named(failed.map(({ key, code }) => `${key}${code === undefined ? '' : ` (${code})`}`))
    problems.push(`${unread.failed} objects have no import that could read them: ${names}`)
  }
  return problems
}

function named(names: string[]): string {
  const [shown, more] = [names.slice(0, 10), names.length - 10]
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}
