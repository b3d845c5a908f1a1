import type { Checksum } from './records.ts'

/** An upload in parts that is neither completed nor aborted. */
export interface Upload {
  id: string
  bucket: string
  key: string
  initiated: Date
  headers: Record<string, string>
  /** How the server makes the object's checksum; undefined when the object gets none. */
  checksum: Omit<Checksum, 'value'> | undefined
  parts: Map<number, Part>
}

export interface Part {
  number: number
  content: string
  size: number
  etag: string
  lastModified: Date
  /** By the upload's algorithm; without one, by the algorithm of the checksum that came with the part. */
  checksum: { algorithm: Checksum['algorithm']; digest: Buffer } | undefined
}
