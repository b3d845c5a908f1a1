import { csvSplitter } from './csv-splitter.ts'
import { fileFaultOf } from './file-fault.ts'
import { gunzip } from './gunzip.ts'
import { jsonSplitter } from './json-splitter.ts'
import { ndjsonSplitter } from './ndjson-splitter.ts'
import type { ReaderOptions, RecordReader, Splitter, SplitterOptions } from './raw-record.ts'

type MakeSplitter = (options: SplitterOptions) => Splitter

const SPLITTERS = new Map<string, MakeSplitter>([
  ['.ndjson', ndjsonSplitter],
  ['.jsonl', ndjsonSplitter],
  ['.json', jsonSplitter],
  ['.csv', csvSplitter],
])

const GZIP = '.gz'
const PARQUET = '.parquet'

/** The endings that are imported, for whoever lists or filters objects. */
export const IMPORTED_ENDINGS = [
  ...SPLITTERS.keys(),
  ...[...SPLITTERS.keys()].map((ending) => ending + GZIP),
  PARQUET,
]

export function isImported(key: string): boolean {
  return IMPORTED_ENDINGS.some((ending) => key.endsWith(ending))
}

/** Reads the format that the key's ending names; `undefined` for an ending that is not imported. */
export function recordReader(key: string, options: ReaderOptions): RecordReader | undefined {
  if (key.endsWith(PARQUET)) return parquetReader(options)
  const isPacked = key.endsWith(GZIP)
  const name = isPacked ? key.slice(0, -GZIP.length) : key
  const splitter = SPLITTERS.get(name.slice(name.lastIndexOf('.')))
  return splitter && textReader(splitter, options, isPacked)
}

function textReader(makeSplitter: MakeSplitter, options: ReaderOptions, isPacked: boolean): RecordReader {
  return async function* (content, from) {
    const text = from !== undefined && 'byteOffset' in from ? from : undefined
    const offset = text?.byteOffset ?? 0
    const { push, end, cut } = makeSplitter({ ...options, from: text })
    try {
      const chunks = isPacked ? gunzip(content.read(0), { from: offset }) : content.read(offset)
      for await (const chunk of chunks) yield push(chunk)
    } catch (error) {
      yield cut(fileFaultOf(error))
      return
    }
    yield end()
  }
}

/** Loaded only when there is such a file: other imports and a cold start do without. */
function parquetReader(options: ReaderOptions): RecordReader {
  return async function* (content, from) {
    const { readParquet } = await import('./parquet/parquet-reader.ts')
    yield* readParquet(content, options, from)
  }
}
