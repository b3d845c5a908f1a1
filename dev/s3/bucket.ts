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

/** An object's properties from the upload. The bucket adds its time and its sequencer. */
export type NewObject = Omit<StoredObject, 'lastModified' | 'sequencer'>

/** Throws if a condition of the request forbids replacing or removing the current object. */
export type Guard = (current: StoredObject | undefined) => void

export interface Bucket {
  readonly name: string
  readonly created: Date
  /** All keys, in UTF-8 byte order. */
  readonly keys: readonly string[]
  find(key: string): StoredObject | undefined
  /**
   * Reads saved bytes, or a range of them. A read continues with the old bytes if the object is replaced meanwhile.
   */
  read(saved: { content: string }, range?: ByteRange): Readable
  /** Writes bytes to a new file and returns its name. If the source fails, it deletes the file. */
  save(bytes: AsyncIterable<Buffer>): Promise<string>
  /** Deletes saved bytes that no object needs. */
  discard(content: string): void
  /** Makes saved bytes the object of that key, at once for all readers. If the guard throws, it discards them. */
  put(object: NewObject, guard: Guard): StoredObject
  remove(key: string, guard: Guard): void
}

/**
 * Opens the bucket in a folder: `objects/` has one record per key, `content/` has the bytes of the records.
 *
 * Written bytes never change, and a record is renamed into place, so no reader sees a mix of two versions. `read`,
 * `put` and `remove` are synchronous from the look at the current object to its replacement, so requests need no
 * locks.
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
      const stored = { ...object, lastModified: toWholeSecond(new Date()), sequencer: nextSequencer() }
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

/** Measured: a GET is half as fast again as with the default of 64 KiB. 1 MiB is not faster. */
const READ_SIZE = 256 * 1024

/** HTTP dates have no milliseconds. Without them, a listing and a HEAD agree. */
function toWholeSecond(date: Date): string {
  return new Date(Math.floor(date.getTime() / 1000) * 1000).toISOString()
}
