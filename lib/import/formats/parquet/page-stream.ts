import type { ObjectContent } from '../raw-record.ts'
import type { ColumnChunk } from './file-metadata.ts'
import { malformed } from './malformed.ts'
import { assertUndamaged, type PageHeader, readPageHeader } from './page-header.ts'
import type { PageMemory } from './page-memory.ts'

/** A header can hold the smallest and the largest text of its page. */
const HEADER_BYTES = [4096, 64 * 1024, 4 * 1024 ** 2]
/** A larger page is fetched alone, and not before it is needed. */
const MAX_AHEAD_BYTES = 8 * 1024 ** 2

/** The pages of a column chunk, one after the other. */
export interface PageStream {
  /** Fetches the next page's header and, of a small page, its bytes. Returns `undefined` behind the last page. */
  announce(): Promise<PageHeader | undefined>
  /** The packed bytes of the page that was announced. */
  body(): Promise<Buffer>
}

/** @param sliceBytes how much to ask S3 for at once, at least */
export function pageStream(
  content: ObjectContent,
  { start, end }: ColumnChunk,
  sliceBytes: number,
  memory: PageMemory,
): PageStream {
  let bytes: Buffer = Buffer.alloc(0)
  let fetched = start
  let header: PageHeader | undefined

  async function fill(count: number): Promise<boolean> {
    if (bytes.length < count && fetched < end) {
      const to = Math.min(end, fetched + Math.max(sliceBytes, count - bytes.length))
      const slice = await content.slice(fetched, to)
      bytes = bytes.length === 0 ? slice : Buffer.concat([bytes, slice])
      fetched = to
    }
    return bytes.length >= count
  }

  async function readHeader(): Promise<PageHeader | undefined> {
    if (!(await fill(1))) return undefined
    for (const size of HEADER_BYTES) {
      await fill(size)
      try {
        const found = readPageHeader(bytes)
        bytes = bytes.subarray(found.end)
        return found.header
      } catch (error) {
        // A header that seems broken may go on behind the bytes.
        if (fetched === end || size === HEADER_BYTES.at(-1)) throw error
      }
    }
    return undefined
  }

  /** Into memory of its own: put together slice by slice, a page of 100 MB would be copied 25 times. */
  async function fetchAlone(size: number): Promise<Buffer> {
    const body = Buffer.allocUnsafeSlow(size)
    let at = bytes.copy(body)
    bytes = Buffer.alloc(0)
    while (at < size) {
      const to = fetched + Math.min(size - at, MAX_AHEAD_BYTES)
      at += (await content.slice(fetched, to)).copy(body, at)
      fetched = to
    }
    return body
  }

  return {
    async announce() {
      header = await readHeader()
      if (header === undefined) return undefined
      const { packedBytes, unpackedBytes } = header
      if (packedBytes > bytes.length + end - fetched) throw malformed('the whole of a page')
      memory.hold(unpackedBytes)
      if (packedBytes <= MAX_AHEAD_BYTES) {
        memory.hold(packedBytes)
        await fill(packedBytes)
      }
      return header
    },

    async body() {
      const { packedBytes = 0 } = header ?? {}
      const isAhead = packedBytes <= MAX_AHEAD_BYTES
      const body = isAhead ? bytes.subarray(0, packedBytes) : await fetchAlone(packedBytes)
      if (isAhead) {
        bytes = bytes.subarray(packedBytes)
        memory.release(packedBytes)
      }
      if (header !== undefined) assertUndamaged(header, body)
      return body
    },
  }
}
