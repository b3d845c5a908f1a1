import { randomUUID } from 'node:crypto'
import { createReadStream, mkdirSync, openSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { positionOf } from './keys.ts'
import type { ByteRange } from './range.ts'
import { loadRecords, removeRecord, type StoredObject, writeRecord } from './records.ts'
import { sequencerAfter } from './sequencer.ts'

/** What an upload says about an object; the bucket adds when it was stored, and which came after which. */
export type NewObject = Omit<StoredObject, 'lastModified' | 'sequencer'>

/** Throws when a condition of the request forbids to replace or remove what is there. */
export type Guard = (current: StoredObject | undefined) => void

export interface Bucket {
  readonly name: string
  readonly created: Date
  /** Every key, in UTF-8 byte order. */
  readonly keys: readonly string[]
  find(key: string): StoredObject | undefined
  /** Saved bytes, or a range of them; those of an object just found even if it is replaced while they are read. */
  read(saved: { content: string }, range?: ByteRange): Readable
  /** Writes bytes to a new file and answers its name. When the bytes end in an error, nothing is left of them. */
  save(bytes: AsyncIterable<Buffer>): Promise<string>
  /** Forgets saved bytes that no object needs. */
  discard(content: string): void
  /** Makes saved bytes the object of that key, at once for every reader, or discards them when the guard throws. */
  put(object: NewObject, guard: Guard): StoredObject
  remove(key: string, guard: Guard): void
}

/**
 * Opens the bucket in a folder: `objects/` has a record for each key, `content/` the bytes that it refers to.
 *
 * Bytes are never changed once written, and a record is renamed into place: the two cannot mix versions. `read`, `put`
 * and `remove` are synchronous, from looking at what is there to its replacement; so requests need no locks.
 */
export function openBucket(name: string, folder: string): Bucket {
  const objectsFolder = join(folder, 'objects')
  const contentFolder = join(folder, 'content')
  mkdirSync(objectsFolder, { recursive: true })
  mkdirSync(contentFolder, { recursive: true })
  const { objects, keys, sequencer } = loadRecords(objectsFolder, contentFolder)
  const nextSequencer = sequencerAfter(sequencer)
  const discard = (content: string) => rmSync(join(contentFolder, content), { force: true })

  return {
    name,
    created: statSync(folder).birthtime,
    keys,
    find: (key) => objects.get(key),
    read: ({ content }, range) => {
      const fd = openSync(join(contentFolder, content), 'r')
      return createReadStream('', { fd, ...range, highWaterMark: READ_SIZE })
    },
    async save(bytes) {
      const content = randomUUID()
      const file = await open(join(contentFolder, content), 'wx')
      try {
        await pipeline(bytes, file.createWriteStream())
      } catch (error) {
        discard(content)
        throw error
      }
      return content
    },
    discard,
    put(object, guard) {
      const current = objects.get(object.key)
      const stored = { ...object, lastModified: wholeSecond(new Date()), sequencer: nextSequencer() }
      try {
        guard(current)
        writeRecord(objectsFolder, stored)
      } catch (error) {
        discard(object.content)
        throw error
      }
      objects.set(object.key, stored)
      if (current) discard(current.content)
      else keys.splice(positionOf(keys, object.key), 0, object.key)
      return stored
    },
    remove(key, guard) {
      const current = objects.get(key)
      guard(current)
      if (!current) return
      removeRecord(objectsFolder, key)
      objects.delete(key)
      keys.splice(positionOf(keys, key), 1)
      discard(current.content)
    },
  }
}

/** Measured: a GET is half as fast again as with 64 KiB, the default; with 1 MiB it is not faster. */
const READ_SIZE = 256 * 1024

/** HTTP dates have no milliseconds: without them a listing and a HEAD agree. */
function wholeSecond(date: Date): string {
  return new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString()
}
