import type { IndexDefinition } from '../definition.ts'
import type { Migration } from '../index-state/versions.ts'
import { existsArgs, parseScan, scanArgs } from '../redis/commands/keys.ts'
import { infoServerArgs, parseInfoServer } from '../redis/commands/server.ts'
import { watchArgs } from '../redis/commands/transactions.ts'
import { type CallOptions, type Command, type Connection, replyOf } from '../redis/redis.ts'
import { storageOf } from '../storage/storage-of.ts'
import { createRecordCheck, userKey } from '../users/user-record.ts'

/**
 * The users of one transaction, during which Redis serves no other client. Each user costs an insertion into the
 * graph.
 */
const USERS_PER_WINDOW = 50

export type Backfill = NonNullable<Migration['copy']>

export const INITIAL_BACKFILL: Backfill = { cursor: '0', copied: 0, leftOut: 0, isDone: false, runId: '' }

/**
 * Reads one window of users and returns the commands that write them for the other definition, with the new position.
 * It skips users that exist there: a dual write has written them, and that version is newer. The connection watches
 * the keys, so the commands are not executed if another client writes or deletes one of these users first.
 *
 * A SCAN cursor is a place in the order of key hashes, and each run of a server has a new hash seed. After a restart
 * or a failover, the backfill restarts from the beginning. It skips the users that it has copied.
 */
export async function backfillWindow(
  connection: Connection,
  { from, to, copy }: { from: IndexDefinition; to: IndexDefinition; copy: Backfill },
  options?: CallOptions,
): Promise<{ commands: Command[]; copy: Backfill }> {
  const scan = [infoServerArgs(), scanArgs(copy.cursor, from.prefix, USERS_PER_WINDOW)]
  const [server, scanned] = await connection.pipeline(scan, options)
  const { run_id: runId = '' } = parseInfoServer(replyOf(server)).info
  if (runId !== copy.runId) {
    const restarted = { ...copy, cursor: '0', leftOut: 0, runId }
    return backfillWindow(connection, { from, to, copy: restarted }, options)
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
  const hasSecondary = outcomes.slice(0, ids.length).map((one) => replyOf(one) === 1)
  const users = parseRead(page.keys, outcomes.slice(ids.length))
  const check = createRecordCheck(to)
  const commands: Command[] = []
  for (const [i, id] of ids.entries()) {
    const document = users[i]?.document()
    if (document === undefined || hasSecondary[i]) continue
    const checked = check(Buffer.from(JSON.stringify(document)), id)
    if ('reject' in checked || 'deleted' in checked.record) next.leftOut++
    else {
      commands.push(...storageOf(to).writeArgs(userKey(to, id), checked.record))
      next.copied++
    }
  }
  return { commands, copy: next }
}
