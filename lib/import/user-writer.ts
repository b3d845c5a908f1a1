import type { IndexDefinition } from '../definition.ts'
import type { AppError } from '../errors.ts'
import { ftSearchKeysArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import { jsonSetArgs } from '../redis/commands/json.ts'
import type { Command, Connection, Outcome } from '../redis/redis.ts'
import { type UserRecord, userKey } from '../user-record.ts'
import type { Position } from './raw-record.ts'

export interface PlacedRecord {
  record: UserRecord
  position: Position
}

/** What became of a window, once all of it is acknowledged. */
export interface WindowOutcome {
  written: number
  searchable: number
  refused: { placed: PlacedRecord; error: AppError }[]
}

export interface UserWriter {
  add(placed: PlacedRecord): Promise<void>
  /** Resolves when all that was added is acknowledged. */
  drain(): Promise<void>
}

/** As many as keep the server busy, and as few as are worth doing again after a fault. */
const WINDOW_RECORDS = 256
const WINDOW_BYTES = 4 * 1024 * 1024
/** HNSW takes 1,100 to 2,200 users a second at 384 dimensions, so a window is 0.1 to 0.3 s; this is for a slow day. */
const WINDOW_TIMEOUT_MS = 30_000

/**
 * Writes users in windows over one connection, so that the last record of an id wins (a pool of ten let the older one
 * win 98 of 100 times). While one window is under way the next is filled and sent: two in flight at most. Each is
 * followed by a question to the index, which of its users it holds.
 *
 * A record that the server refuses is an outcome; any other refusal (out of memory, loading, read-only) rejects.
 */
export function userWriter(
  connection: Connection,
  definition: IndexDefinition,
  onWindow: (outcome: WindowOutcome) => Promise<void>,
): UserWriter {
  let window: PlacedRecord[] = []
  let windowBytes = 0
  let acknowledged: Promise<void> = Promise.resolve()

  async function write(records: PlacedRecord[]): Promise<void> {
    const keys = records.map(({ record }) => userKey(definition, record.id))
    const commands = records.map(({ record }, i) => encode(keys[i] ?? '', record))
    const readBack = ftSearchKeysArgs(definition.name, [...new Set(keys)])
    const outcomes = await connection.pipeline([...commands, readBack], {
      deadline: Date.now() + WINDOW_TIMEOUT_MS,
    })
    const held = heldKeys(outcomes.pop())
    const refused = records.flatMap((placed, i) => refusal(placed, outcomes[i]))
    const lost = new Set(refused.map(({ placed }) => placed))
    const written = records.filter((placed) => !lost.has(placed))
    const searchable = written.filter(({ record }) => held.has(userKey(definition, record.id))).length
    await onWindow({ written: written.length, searchable, refused })
  }

  async function flush(): Promise<void> {
    const sent = write(window)
    // Awaited one window later; until then its failure must not count as unhandled.
    sent.catch(() => {})
    window = []
    windowBytes = 0
    await acknowledged
    acknowledged = sent
  }

  return {
    async add(placed) {
      window.push(placed)
      windowBytes += placed.record.document.length
      if (window.length >= WINDOW_RECORDS || windowBytes >= WINDOW_BYTES) await flush()
    },
    async drain() {
      if (window.length > 0) await flush()
      await acknowledged
    },
  }
}

/** How a storage keeps a user. */
const ENCODERS: Record<IndexDefinition['storage'], (key: string, record: UserRecord) => Command> = {
  json: (key, { document }) => jsonSetArgs(key, document),
}

function encode(key: string, record: UserRecord): Command {
  return ENCODERS.json(key, record)
}

function refusal(
  placed: PlacedRecord,
  outcome: Outcome | undefined,
): { placed: PlacedRecord; error: AppError }[] {
  if (outcome === undefined || 'reply' in outcome) return []
  if (outcome.refused.code === 'RECORD_UNSTORABLE') return [{ placed, error: outcome.refused }]
  // A fault of the system must never be put down to a record.
  throw outcome.refused
}

function heldKeys(outcome: Outcome | undefined): Set<string> {
  if (outcome === undefined) throw new Error('The pipeline answered less than was asked')
  if ('refused' in outcome) throw outcome.refused
  return new Set(parseFtSearch(outcome.reply, { content: false }).rows.map(({ key }) => key))
}
