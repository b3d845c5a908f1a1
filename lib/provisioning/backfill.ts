import type { IndexDefinition } from '../definition.ts'
import type { Migration } from '../index-state/versions.ts'
import { existsArgs, parseScan, scanArgs } from '../redis/commands/keys.ts'
import { infoServerArgs, parseInfoServer } from '../redis/commands/server.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import { type CallOptions, type Command, type Connection, replyOf } from '../redis/redis.ts'
import { storageOf } from '../storage/storage-of.ts'
import { recordCheck, userKey } from '../users/user-record.ts'

/** They are written in one transaction, in which Redis serves nobody else: each costs an insertion into the graph. */
const USERS_A_WINDOW = 50

export type Copy = NonNullable<Migration['copy']>

export const NOTHING_BACKFILLED: Copy = { cursor: '0', copied: 0, leftOut: 0, isDone: false, runId: '' }

/**
 * The commands that copy the next users from one form into another, and how far that is then. Nobody is copied who is
 * there already: who writes users meanwhile writes both, and what he wrote is newer. The keys are watched, so that the
 * commands are not executed when somebody writes or deletes one of these users first.
 *
 * A cursor of SCAN is a place in the order of the keys' hashes, which every run of a server seeds anew. Another run, or
 * another server after a failover, begins from the beginning, where nobody is copied twice.
 */
export async function backfillWindow(
  connection: Connection,
  { from, to, copy }: { from: IndexDefinition; to: IndexDefinition; copy: Copy },
  options?: CallOptions,
): Promise<{ commands: Command[]; copy: Copy }> {
  const scan = [infoServerArgs(), scanArgs(copy.cursor, from.prefix, USERS_A_WINDOW)]
  const [server, scanned] = await connection.pipeline(scan, options)
  const { run_id: runId = '' } = parseInfoServer(replyOf(server)).info
  if (runId !== copy.runId) {
    const anew = { ...copy, cursor: '0', leftOut: 0, runId }
    return backfillWindow(connection, { from, to, copy: anew }, options)
  }
  const page = parseScan(replyOf(scanned))
  const next = { ...copy, cursor: page.cursor, isDone: page.cursor === '0' }
  if (page.keys.length === 0) return { commands: [], copy: next }
  const ids = page.keys.map((key) => key.slice(from.prefix.length))
  const { readArgs, readOptions, parseRead } = storageOf(from)
  const watch = watchArgs(...ids.flatMap((id) => [userKey(from, id), userKey(to, id)]))
  const exists = ids.map((id) => existsArgs(userKey(to, id)))
  const read = readArgs(page.keys)
  const [watching, ...outcomes] = await connection.pipeline([watch, ...exists, ...read], {
    ...options,
    ...readOptions,
  })
  replyOf(watching)
  const isThere = outcomes.slice(0, ids.length).map((one) => replyOf(one) === 1)
  const users = parseRead(page.keys, outcomes.slice(ids.length))
  const check = recordCheck(to)
  const commands: Command[] = []
  for (const [i, id] of ids.entries()) {
    const document = users[i]?.document()
    if (document === undefined || isThere[i]) continue
    const checked = check(Buffer.from(JSON.stringify(document)), id)
    if ('reject' in checked || 'deleted' in checked.record) next.leftOut++
    else {
      commands.push(...storageOf(to).writeArgs(userKey(to, id), checked.record))
      next.copied++
    }
  }
  return { commands, copy: next }
}
