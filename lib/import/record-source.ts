import { jsonSplitter } from './json-splitter.ts'
import { ndjsonSplitter } from './ndjson-splitter.ts'
import type { RecordReader, Splitter, SplitterOptions } from './raw-record.ts'

const MAX_RECORD_BYTES = 1024 * 1024

const SPLITTERS = new Map<string, (options: SplitterOptions) => Splitter>([
  ['.ndjson', ndjsonSplitter],
  ['.jsonl', ndjsonSplitter],
  ['.json', jsonSplitter],
])

/** Reads the format that the key's ending names; `undefined` for an ending that is not imported. */
export function recordReader(key: string): RecordReader | undefined {
  const splitter = SPLITTERS.get(key.slice(key.lastIndexOf('.')))
  if (splitter === undefined) return undefined
  return async function* (content, from) {
    const text = from !== undefined && 'byteOffset' in from ? from : undefined
    const { push, end } = splitter({ maxRecordBytes: MAX_RECORD_BYTES, from: text })
    for await (const chunk of content.read(text?.byteOffset ?? 0)) yield push(chunk)
    yield end()
  }
}

/** The endings that are imported, for whoever lists or filters objects. */
export const IMPORTED_ENDINGS = [...SPLITTERS.keys()]
