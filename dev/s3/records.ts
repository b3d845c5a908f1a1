import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { CHECKSUM_ALGORITHMS } from './digests.ts'
import { byteOrder } from './keys.ts'

const Checksum = v.object({
  algorithm: v.picklist(CHECKSUM_ALGORITHMS),
  type: v.picklist(['FULL_OBJECT', 'COMPOSITE']),
  value: v.string(),
})

const Record = v.object({
  key: v.string(),
  /** The name of the file with the object's bytes. */
  content: v.string(),
  size: v.number(),
  /** Without quotes. */
  etag: v.string(),
  /** ISO 8601, whole seconds. */
  lastModified: v.string(),
  sequencer: v.string(),
  /** The stored headers of the upload: Content-Type, x-amz-meta-* and others. */
  headers: v.record(v.string(), v.string()),
  checksum: v.optional(Checksum),
})

/**
 * An object's checksum in base64. A COMPOSITE one is computed from its parts' checksums and ends with their number:
 * "…-2".
 */
export type Checksum = v.InferOutput<typeof Checksum>

/** All properties of an object except its bytes. */
export type StoredObject = v.InferOutput<typeof Record>

/** Reads all records, and deletes the unfinished files of a killed process. */
export function loadRecords(objectsFolder: string, contentFolder: string) {
  const objects = new Map<string, StoredObject>()
  for (const file of readdirSync(objectsFolder)) {
    if (file.endsWith('.json')) {
      const object = readRecord(join(objectsFolder, file))
      objects.set(object.key, object)
    } else rmSync(join(objectsFolder, file))
  }
  const needed = new Set([...objects.values()].map((object) => object.content))
  for (const file of readdirSync(contentFolder)) if (!needed.has(file)) rmSync(join(contentFolder, file))
  const sequencers = [...objects.values()].map((object) => object.sequencer).sort()
  return { objects, keys: [...objects.keys()].sort(byteOrder), sequencer: sequencers.at(-1) ?? '' }
}

/**
 * Replaces the record atomically: a reader finds the old one or the new one. The record and the bytes are not
 * fsynced. They survive every end of this process, but perhaps not a power cut.
 */
export function writeRecord(objectsFolder: string, object: StoredObject) {
  const file = recordFile(objectsFolder, object.key)
  writeFileSync(`${file}.new`, JSON.stringify(object))
  renameSync(`${file}.new`, file)
}

export function removeRecord(objectsFolder: string, key: string) {
  rmSync(recordFile(objectsFolder, key))
}

/** A key may have 1024 bytes, slashes, and letters that only differ in case. A hash suits every file system. */
function recordFile(objectsFolder: string, key: string): string {
  return join(objectsFolder, `${createHash('sha256').update(key).digest('hex')}.json`)
}

function readRecord(file: string): StoredObject {
  try {
    return v.parse(Record, JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    const message = `Expected the record of an object in ${file}; remove the file to lose that object only`
    throw new Error(message, { cause })
  }
}
