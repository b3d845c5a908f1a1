import type { IndexDefinition } from '../definition.ts'
import type { AppError } from '../errors.ts'
import { ftSearchKeysArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import { delArgs, jsonMgetArgs, jsonSetArgs, parseJsonMget } from '../redis/commands/json.ts'
import type { Command, Connection, Outcome, Reply } from '../redis/redis.ts'
import { pathSteps, type User, type UserRecord, userKey } from '../user-record.ts'
import type { Position } from './raw-record.ts'
import { isSameDocument } from './same-document.ts'

export interface PlacedRecord {
  record: UserRecord
  position: Position
}

/** What became of a window, once all of it is acknowledged. */
export interface WindowOutcome {
  written: number
  /** Stored like this already, and in the index. */
  unchanged: number
  deleted: number
  /** How many of the written ones the index holds. */
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
 * win 98 of 100 times). A window is read before it is written, and what is stored like this already is left alone; it
 * is followed by a question to the index, which of its users it holds. While a window is under way the next is filled.
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
  const vectorSteps = pathSteps(definition.vector.path)
  const keyOf = ({ record }: PlacedRecord) => userKey(definition, record.id)
  const pipeline = (commands: Command[]) =>
    connection.pipeline(commands, { deadline: Date.now() + WINDOW_TIMEOUT_MS })

  /** Which records of the window say nothing new. One whose id comes twice is not among them: order decides there. */
  async function unchangedOf(records: PlacedRecord[]): Promise<Set<PlacedRecord>> {
    const byKey = Map.groupBy(records, keyOf)
    const keys = [...byKey.keys()]
    const outcomes = await pipeline([jsonMgetArgs(keys), ftSearchKeysArgs(definition.name, keys)])
    const held = heldKeys(outcomes[1])
    const stored = parseJsonMget(replyOf(outcomes[0]))
    const unchanged = keys.flatMap((key, i) => {
      const [placed, ...others] = byKey.get(key) ?? []
      const [document] = stored[i] ?? []
      if (placed === undefined || others.length > 0 || 'deleted' in placed.record || !held.has(key)) return []
      return isSameDocument(document, placed.record.value, vectorSteps) ? [placed] : []
    })
    return new Set(unchanged)
  }

  async function write(records: PlacedRecord[], unchanged: number): Promise<void> {
    const commands = records.map((placed) => encode(keyOf(placed), placed.record))
    const users = records.filter(({ record }) => !('deleted' in record))
    const keys = [...new Set(users.map(keyOf))]
    const readBack = keys.length === 0 ? [] : [ftSearchKeysArgs(definition.name, keys)]
    const outcomes = await pipeline([...commands, ...readBack])
    const held = keys.length === 0 ? new Set<string>() : heldKeys(outcomes.at(-1))
    const refused = records.flatMap((placed, i) => refusal(placed, outcomes[i]))
    const lost = new Set(refused.map(({ placed }) => placed))
    const written = users.filter((placed) => !lost.has(placed))
    await onWindow({
      written: written.length,
      unchanged,
      deleted: records.length - users.length,
      searchable: written.filter((placed) => held.has(keyOf(placed))).length,
      refused,
    })
  }

  async function flush(): Promise<void> {
    const records = window
    window = []
    windowBytes = 0
    // Asked after the window before was sent: the connection answers in order, so this sees what that one wrote.
    const unchanged = await unchangedOf(records)
    const sent = write(
      records.filter((placed) => !unchanged.has(placed)),
      unchanged.size,
    )
    // Awaited one window later; until then its failure must not count as unhandled.
    sent.catch(() => {})
    await acknowledged
    acknowledged = sent
  }

  return {
    async add(placed) {
      window.push(placed)
      windowBytes += 'deleted' in placed.record ? 0 : placed.record.document.length
      if (window.length >= WINDOW_RECORDS || windowBytes >= WINDOW_BYTES) await flush()
    },
    async drain() {
      if (window.length > 0) await flush()
      await acknowledged
    },
  }
}

/** How a storage keeps a user. */
const ENCODERS: Record<IndexDefinition['storage'], (key: string, user: User) => Command> = {
  json: (key, { document }) => jsonSetArgs(key, document),
}

function encode(key: string, record: UserRecord): Command {
  return 'deleted' in record ? delArgs(key) : ENCODERS.json(key, record)
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
  return new Set(parseFtSearch(replyOf(outcome), { content: false }).rows.map(({ key }) => key))
}

function replyOf(outcome: Outcome | undefined): Reply {
  if (outcome === undefined) throw new Error('The pipeline answered less than was asked')
  if ('refused' in outcome) throw outcome.refused
  return outcome.reply
}
