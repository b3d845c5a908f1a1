import { s3Error } from './errors.ts'

/** The first and the last byte, counted from 0; `end` is inclusive. */
export interface ByteRange {
  start: number
  end: number
}

/** The byte range of a Range header; undefined for all bytes. Throws InvalidRange. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  // RFC 9110, section 14.2: a server ignores a range that it does not understand. S3 does not serve several ranges
  // either.
  if (first === '' && last === '') return undefined
  if (first !== '' && last !== '' && Number(first) > Number(last)) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start >= size) throw s3Error('InvalidRange', `Expected a range within ${size} bytes, got ${header}.`)
  return { start, end }
}
