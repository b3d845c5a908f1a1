import type { IndexDefinition, WrittenDefinition } from '../definition.ts'
import { ftSearchKeysArgs, parseFtSearch } from '../redis/commands/ft-search.ts'
import {
  type CallOptions,
  type Command,
  type Connection,
  type Outcome,
  type Reply,
  replyOf,
} from '../redis/redis.ts'
import type { Storage } from '../storage/storage.ts'
import { storageOf } from '../storage/storage-of.ts'
import { areErasedArgs, parseAreErased } from '../users/erasures.ts'
import { type UserRecord, userKey } from '../users/user-record.ts'
import type { Position } from './formats/raw-record.ts'
import type { PlacedReject } from './reject-log.ts'

export interface PlacedRecord {
  record: UserRecord
  position: Position
}

/** The outcome of a window, once Redis has acknowledged all of it. */
export interface WindowOutcome {
  written: number
  /** Stored like this already, and in the index. */
  unchanged: number
  deleted: number
  /** How many of the written ones the index holds. */
  searchable: number
  refused: PlacedReject[]
}

export interface WindowWriter {
  /**
   * The records of a window that say nothing new. A record with an id that comes twice is not among them, nor one with an
   * id of the window `before`, which is not written yet: there, the order decides.
   */
  ask(records: readonly PlacedRecord[], before: readonly PlacedRecord[]): Promise<Known>
  /** The window's outcome, once Redis has acknowledged all of it. The commands are sent when this returns. */
  write(records: readonly PlacedRecord[], known: Known): Promise<WindowOutcome>
}

/** The records of a window that are not written: those that say nothing new, and those of erased persons. */
export interface Known {
  unchanged: ReadonlySet<PlacedRecord>
  erased: ReadonlySet<PlacedRecord>
  /** The keys of erased persons that are stored all the same: an earlier writer ended before it could delete them. */
  leftOver: readonly string[]
  /** Asks which users of the window are erased. Its hashes of the ids are made once, although it is asked twice. */
  erasedQuestion: readonly Command[]
}

const NOTHING_KNOWN: Known = { unchanged: new Set(), erased: new Set(), leftOver: [], erasedQuestion: [] }

interface WriterOptions {
  dryRun: boolean
  erasureMs: number | undefined
  /** The definition with the index's alias. During a dual write the written one has the name of a version. */
  erasuresOf: Pick<IndexDefinition, 'name'>
}

const WINDOW_TIMEOUT_MS = 30_000

/**
 * Writes users in windows over one connection, so that the last record of an id wins (a pool of ten let the older one
 * win 98 of 100 times). A window is read before it is written, and what is stored like this already is left alone; it
 * is followed by a question to the index, which of its users it holds. A dry run only reads.
 *
 * A record that the server refuses is an outcome; any other refusal (out of memory, loading, read-only) rejects.
 */
export function windowWriter(
  connection: Connection,
  definition: WrittenDefinition,
  { dryRun, erasureMs, erasuresOf }: WriterOptions,
): WindowWriter {
  const storage = storageOf(definition)
  const keyOf = ({ record }: PlacedRecord) => userKey(definition, record.id)
  const pipeline = (commands: readonly Command[], options: CallOptions = {}) =>
    connection.pipeline(commands, { ...options, deadline: Date.now() + WINDOW_TIMEOUT_MS })

  /** Whether the index held users of the last window. The next window then reads its users in the same round trip. */
  let areStored = false

  async function ask(records: readonly PlacedRecord[], before: readonly PlacedRecord[]): Promise<Known> {
    if (records.length === 0) return NOTHING_KNOWN
    const byKey = Map.groupBy(records, keyOf)
    const keys = [...byKey.keys()]
    const unwritten = new Set(before.map(keyOf))
    const users = records.filter(isUser)
    const erasedQuestion = askErased(users)
    const question = [ftSearchKeysArgs(definition.name, keys), ...erasedQuestion]
    const reading = storage.readArgs(keys)
    const readsAtOnce = areStored
    const outcomes = await pipeline(readsAtOnce ? [...question, ...reading] : question, storage.readOptions)
    const held = heldKeys(replyOf(outcomes[0]))
    const erased = erasedAmong(users, outcomes.slice(1))
    // A user that the index does not hold is written, whatever is stored. So a first load reads no users.
    const needsUsers = held.size > 0 || erased.size > 0
    if (needsUsers && !readsAtOnce) outcomes.push(...(await pipeline(reading, storage.readOptions)))
    areStored = held.size > 0
    const stored = needsUsers ? storage.parseRead(keys, outcomes.slice(question.length)) : []
    const unchanged = keys.flatMap((key, i) => {
      const [placed, ...others] = byKey.get(key) ?? []
      if (placed === undefined || others.length > 0 || 'deleted' in placed.record) return []
      if (unwritten.has(key) || !held.has(key) || erased.has(placed)) return []
      return stored[i]?.equals(placed.record) ? [placed] : []
    })
    const erasedKeys = new Set([...erased].map(keyOf))
    const leftOver = keys.filter((key, i) => erasedKeys.has(key) && stored[i] !== undefined)
    return { unchanged: new Set(unchanged), erased, leftOver, erasedQuestion }
  }

  function askErased(users: readonly PlacedRecord[]): Command[] {
    if (users.length === 0) return []
    return [
      areErasedArgs(
        erasuresOf,
        users.map(({ record }) => record.id),
      ),
    ]
  }

  /** @param outcomes the first of them answers the question, if there are users */
  function erasedAmong(users: readonly PlacedRecord[], outcomes: readonly Outcome[]): Set<PlacedRecord> {
    if (users.length === 0) return new Set()
    const answers = parseAreErased(replyOf(outcomes[0]), erasureMs)
    return new Set(users.filter((_, i) => answers[i]))
  }

  async function write(
    all: readonly PlacedRecord[],
    { unchanged, erased, leftOver, erasedQuestion }: Known,
  ): Promise<WindowOutcome> {
    const isWritten = (placed: PlacedRecord) => !unchanged.has(placed) && !erased.has(placed)
    const records = all.filter(isWritten)
    const users = records.filter(isUser)
    const deleted = records.length - users.length
    const counts = { unchanged: unchanged.size, deleted }
    const atFirst = [...erased].map(toErasedReject)
    if (dryRun) return { ...counts, written: users.length, searchable: 0, refused: atFirst }
    const keys = [...new Set(users.map(keyOf))]
    const readBack = keys.length === 0 ? [] : [ftSearchKeysArgs(definition.name, keys)]
    const commands = records.map((placed) => writeArgs(storage, keyOf(placed), placed.record))
    const writes = commands.flat()
    // Asks again after the writes: a person may be erased between the two windows. The deletion of that erasure may
    // have come before the write.
    const deletions = leftOver.flatMap((key) => storage.deleteArgs(key))
    const sent = [...writes, ...deletions]
    const outcomes = await pipeline([...sent, ...(users.length > 0 ? erasedQuestion : []), ...readBack])
    replyOfAll(outcomes.slice(writes.length, sent.length))
    const asked = users.length > 0 ? all.filter(isUser) : []
    const late = new Set([...erasedAmong(asked, outcomes.slice(sent.length))].filter(isWritten))
    const latePositions = new Set([...late].map(({ position }) => position))
    if (late.size > 0)
      await pipeline([...late].flatMap((placed) => storage.deleteArgs(keyOf(placed)))).then(replyOfAll)
    const held = readBack.length === 0 ? new Set<string>() : heldKeys(replyOf(outcomes.at(-1)))
    const refused = [
      ...atFirst,
      ...refusalsOf(records, commands, outcomes).filter(({ position }) => !latePositions.has(position)),
      ...[...late].map(toErasedReject),
    ]
    const lost = new Set(refused.map(({ position }) => position))
    const written = users.filter(({ position }) => !lost.has(position))
    // A user that is deleted later in the same window counts as searchable, as it would with a window between the two.
    const last = new Map(records.map((placed) => [keyOf(placed), placed.record]))
    const isFound = (key: string) => held.has(key) || 'deleted' in (last.get(key) ?? {})
    const searchable = written.filter((placed) => isFound(keyOf(placed))).length
    return { ...counts, written: written.length, searchable, refused }
  }

  return { ask, write }
}

function replyOfAll(outcomes: readonly Outcome[]): void {
  outcomes.map(replyOf)
}

function isUser({ record }: PlacedRecord): boolean {
  return !('deleted' in record)
}

function toErasedReject({ record, position }: PlacedRecord): PlacedReject {
  const message = 'Expected a user that may be stored, got an erased one'
  return { position, reject: { id: record.id, code: 'ERASED', path: '', message } }
}

function writeArgs(storage: Storage, key: string, record: UserRecord): Command[] {
  return 'deleted' in record ? storage.deleteArgs(key) : storage.writeArgs(key, record)
}

/** A record's first refusal is its reject; the outcomes are those of all commands in a row. */
function refusalsOf(
  records: readonly PlacedRecord[],
  commands: readonly Command[][],
  outcomes: readonly Outcome[],
): PlacedReject[] {
  if (!outcomes.some((outcome) => 'refused' in outcome)) return []
  const rejects: PlacedReject[] = []
  let at = 0
  for (const [i, { record, position }] of records.entries()) {
    const own = outcomes.slice(at, at + (commands[i]?.length ?? 0))
    at += own.length
    const first = own.find((outcome) => 'refused' in outcome)
    if (first === undefined) continue
    const { code, message } = first.refused
    // A reject is a fault of the record. A Redis that is out of memory refuses every record.
    if (code !== 'RECORD_UNSTORABLE') throw first.refused
    rejects.push({ position, reject: { id: record.id, code, path: '', message } })
  }
  return rejects
}

function heldKeys(reply: Reply): Set<string> {
  return new Set(parseFtSearch(reply, { content: false }).rows.map(({ key }) => key))
}
