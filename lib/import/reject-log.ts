import { AppError } from '../errors.ts'
import { delArgs } from '../redis/commands/keys.ts'
import { getrangeArgs, parseGet, setrangeArgs } from '../redis/commands/strings.ts'
import type { Command, Redis } from '../redis/redis.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import { MIN_PART_BYTES } from '../s3/part-upload.ts'
import type { Reject } from '../users/broken-record.ts'
import type { Position } from './formats/raw-record.ts'
import { ledgerKey, type RejectLogState } from './import-ledger.ts'

export interface PlacedReject {
  position: Position
  reject: Reject
}

/** The rejects' file, which grows over any number of invocations. It names places and reasons, never the record. */
export interface RejectLog {
  key: string
  /** Takes up a window's rejects; `save` is to go to Redis together with the state. */
  add(rejects: readonly PlacedReject[]): Promise<{ save: Command[]; state: RejectLogState }>
  /** Lets the file appear in the bucket, if there was a reject. */
  finish(): Promise<void>
}

/** Some 30 MB. The report counts all rejects: of a file of 6 MB that is `[1,1,…]` they would be 371 MB. */
const MAX_LISTED = 200_000
/** A path has the names of members, which may be as long as the record. */
const MAX_TEXT = 300

const CONTENT_TYPE = 'application/x-ndjson'

/** @param key of the file in the bucket */
export async function openRejectLog(
  { redis, objects }: { redis: Redis; objects: ObjectStore },
  { id, key, state }: { id: string; key: string; state: RejectLogState },
): Promise<RejectLog> {
  const waitingKey = waitingRejectsKey(id)
  let { upload } = state
  // In pieces: to put them together with every window would copy five megabytes again and again.
  let waiting = state.waiting === 0 ? [] : [await readWaiting(redis, waitingKey, state.waiting)]
  let length = state.waiting
  let listed = state.listed ?? 0

  function takeWaiting(): Buffer {
    const bytes = Buffer.concat(waiting)
    waiting = []
    length = 0
    return bytes
  }

  return {
    key,

    async add(all) {
      const rejects = all.slice(0, MAX_LISTED - listed)
      if (rejects.length === 0) return { save: [], state: { upload, waiting: length, listed } }
      listed += rejects.length
      const lines = Buffer.from(rejects.map(toLine).join(''))
      const offset = length
      waiting.push(lines)
      length += lines.length
      if (length < MIN_PART_BYTES) {
        return { save: [setrangeArgs(waitingKey, offset, lines)], state: { upload, waiting: length, listed } }
      }
      upload ??= await objects.parts.create(key, CONTENT_TYPE)
      upload = await objects.parts.addPart(upload, takeWaiting())
      return { save: [], state: { upload, waiting: 0, listed } }
    },

    async finish() {
      if (upload === null && length === 0) return
      if (upload === null) return objects.put(key, takeWaiting(), CONTENT_TYPE)
      try {
        const whole = length === 0 ? upload : await objects.parts.addPart(upload, takeWaiting())
        await objects.parts.complete(whole)
      } catch (error) {
        // A writer that died behind this line left the file whole. A second import would count every user as unchanged.
        if (!isLost(error) || !(await objects.parts.isCompleted(upload))) throw error
      }
    },
  }
}

/** After the end: what waited is in the file. */
export function forgetRejectsArgs(id: string): Command {
  return delArgs(waitingRejectsKey(id))
}

function waitingRejectsKey(id: string): string {
  return `${ledgerKey(id)}:rejects`
}

/** Bytes behind the saved length are of a writer that died before it saved the length. */
async function readWaiting(redis: Redis, key: string, length: number): Promise<Buffer> {
  const bytes = Buffer.from(parseGet(await redis.send(getrangeArgs(key, length))) ?? '')
  if (bytes.length === length) return bytes
  throw new AppError('INTERNAL', `Expected ${length} bytes of rejects in Redis, got ${bytes.length}`)
}

function isLost(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UPLOAD_LOST'
}

/** A reject as the file and the report have it. */
export function placedLine({ position, reject: { id, code, path, message } }: PlacedReject) {
  return { ...position, id: id ?? null, code, path: shortened(path), message: shortened(message) }
}

function toLine(placed: PlacedReject): string {
  return `${JSON.stringify(placedLine(placed))}\n`
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT).toWellFormed()}…`
}
