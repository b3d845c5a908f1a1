import type { Checksum } from './records.ts'

/** A multipart upload that is neither completed nor aborted. */
export interface Upload {
  id: string
  bucket: string
  key: string
  initiated: Date
  headers: Record<string, string>
  /** How the server computes the object's checksum; undefined if the object has none. */
  checksum: Omit<Checksum, 'value'> | undefined
  parts: Map<number, Part>
}

export interface Part {
  number: number
  content: string
  size: number
  etag: string
  lastModified: Date
  /** Computed by the upload's algorithm, or without one by the algorithm of the part's own checksum. */
  checksum: { algorithm: Checksum['algorithm']; digest: Buffer } | undefined
}
