import { csvSplitter } from './csv-splitter.ts'
import { formatHint } from './detect-format.ts'
import { encodingWatch } from './encoding-watch.ts'
import { fileFaultOf } from './file-fault.ts'
import type { FileFormat, TextFormat } from './file-format.ts'
import { gunzip } from './gunzip.ts'
import { endsTooEarly } from './inflate-member.ts'
import { jsonSplitter } from './json-splitter.ts'
import { ndjsonSplitter } from './ndjson-splitter.ts'
import { openSource } from './open-source.ts'
import type {
  Fault,
  ObjectContent,
  RawRecord,
  ReaderOptions,
  RecordReader,
  ResumePoint,
  Splitter,
  SplitterOptions,
} from './raw-record.ts'

const SPLITTERS: Record<TextFormat, (options: SplitterOptions) => Splitter> = {
  NDJSON: ndjsonSplitter,
  JSON: jsonSplitter,
  CSV: csvSplitter,
}

const GZIP = /\.(?:gz|gzip)$/i
const BEGINNING = { line: 1, byteOffset: 0 }

/** Reads an object in whatever format it is; the key is only a hint. Content that cannot be read is a fault of the file. */
export function recordReader(key: string, options: ReaderOptions): RecordReader {
  return async function* (content, from, known) {
    const next = from ?? BEGINNING
    const place = { position: BEGINNING, next }
    let file: FileFormat
    let text: AsyncIterable<Buffer> | undefined
    try {
      if (content.size === 0 && GZIP.test(key)) throw endsTooEarly()
      ;({ file, text } = await open(content, from, known))
    } catch (error) {
      yield [{ ...place, fileFault: fileFaultOf(error) }]
      return
    }
    yield [{ ...place, format: file }]
    if (file.format === 'Parquet') yield* parquetRecords(content, options, from)
    else {
      const resumed = 'byteOffset' in next ? next : BEGINNING
      const chunks = text ?? unpacked(content, file.packed, resumed.byteOffset)
      const { delimiter } = file
      const splitter = SPLITTERS[file.format]({ ...options, delimiter, from: from && resumed })
      yield* textRecords(chunks, splitter, next)
    }
  }

  async function open(content: ObjectContent, from: ResumePoint | undefined, known: FileFormat | undefined) {
    if (known !== undefined) return { file: known, text: undefined }
    const opened = await openSource(content.read(0), {
      hint: formatHint(key),
      maxBytes: options.maxRecordBytes,
    })
    if (from === undefined && opened.file.format !== 'Parquet') return opened
    await opened.close()
    return { file: opened.file, text: undefined }
  }
}

async function* textRecords(
  chunks: AsyncIterable<Buffer>,
  { push, end, cut }: Splitter,
  next: ResumePoint,
): AsyncGenerator<RawRecord[], undefined, undefined> {
  const encoding = encodingWatch()
  const toRecord = (fileFault: Fault) => ({ position: BEGINNING, next, fileFault })
  try {
    for await (const chunk of chunks) yield [...encoding.push(chunk).map(toRecord), ...push(chunk)]
  } catch (error) {
    const fault = fileFaultOf(error)
    yield [...encoding.end().map(toRecord), ...cut(fault)]
    return undefined
  }
  yield [...encoding.end().map(toRecord), ...end()]
  return undefined
}

function unpacked({ read }: ObjectContent, packed: number, from: number): AsyncIterable<Buffer> {
  if (packed === 0) return read(from)
  const inner = packed === 1 ? read(0) : gunzip(read(0))
  return gunzip(inner, { from })
}

/** Loaded only when there is such a file: other imports and a cold start do without. */
async function* parquetRecords(
  content: ObjectContent,
  options: ReaderOptions,
  from: ResumePoint | undefined,
): AsyncGenerator<RawRecord[], undefined, undefined> {
  const { readParquet } = await import('./parquet/parquet-reader.ts')
  return yield* readParquet(content, options, from)
}
