import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc'
import { s3Error } from './errors.ts'

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

/** The checksums that an uploader may choose. */
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number]

export type DigestAlgorithm = ChecksumAlgorithm | 'MD5'

/**
 * The algorithm of that name, in any case. Throws NotImplemented for an algorithm that this server cannot compute.
 */
export function checksumAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = CHECKSUM_ALGORITHMS.find((supported) => supported === name.toUpperCase())
  if (algorithm) return algorithm
  throw s3Error(
    'NotImplemented',
    `Expected one of the checksums ${CHECKSUM_ALGORITHMS.join(', ')}, got ${name}.`,
  )
}

/** Bytes with digests that are computed during the read. `size` and `digest` are final at the end of `bytes`. */
export interface DigestedBytes {
  bytes: AsyncIterable<Buffer>
  size(): number
  /** Throws for an algorithm that was not requested. */
  digest(algorithm: DigestAlgorithm): Buffer
}

/** Passes the source's bytes on and computes these digests. */
export function digestBytes(
  source: AsyncIterable<Buffer>,
  algorithms: Iterable<DigestAlgorithm>,
): DigestedBytes {
  const running = [...new Set(algorithms)].map((algorithm) => ({ algorithm, ...startDigest(algorithm) }))
  const results = new Map<DigestAlgorithm, Buffer>()
  let size = 0

  async function* bytes() {
    for await (const chunk of source) {
      size += chunk.length
      for (const { update } of running) update(chunk)
      yield chunk
    }
    for (const { algorithm, finish } of running) results.set(algorithm, Buffer.from(await finish()))
  }

  return {
    bytes: bytes(),
    size: () => size,
    digest(algorithm) {
      const result = results.get(algorithm)
      if (!result) throw new Error(`Expected ${algorithm} to be among the digests computed`)
      return result
    },
  }
}

/** The digest of bytes in memory. */
export async function digestOf(algorithm: DigestAlgorithm, bytes: Buffer): Promise<Buffer> {
  const { update, finish } = startDigest(algorithm)
  update(bytes)
  return Buffer.from(await finish())
}

interface Digest {
  update(chunk: Buffer): void
  finish(): Uint8Array | Promise<Uint8Array>
}

function startDigest(algorithm: DigestAlgorithm): Digest {
  switch (algorithm) {
    case 'CRC32':
      return startCrc32()
    case 'CRC32C':
      return wrapSdkChecksum(new Crc32c())
    case 'CRC64NVME':
      return wrapSdkChecksum(new Crc64Nvme())
    case 'MD5':
    case 'SHA1':
    case 'SHA256':
      return startHash(algorithm)
  }
}

function startCrc32(): Digest {
  let value = 0
  return {
    update: (chunk) => {
      value = crc32(chunk, value)
    },
    finish: () => {
      const digest = Buffer.alloc(4)
      digest.writeUInt32BE(value)
      return digest
    },
  }
}

/** Node has neither CRC32C nor CRC64NVME. These are the implementations that the AWS SDK itself uses. */
function wrapSdkChecksum(checksum: {
  update(chunk: Uint8Array): void
  digest(): Promise<Uint8Array>
}): Digest {
  return { update: (chunk) => checksum.update(chunk), finish: () => checksum.digest() }
}

function startHash(algorithm: string): Digest {
  const hash = createHash(algorithm)
  return { update: (chunk) => void hash.update(chunk), finish: () => hash.digest() }
}
