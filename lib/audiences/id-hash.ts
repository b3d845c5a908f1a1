import { createHash } from 'node:crypto'

/**
 * 64 bits of an id's hash. Salted by the audience, so that no one can choose ids that collide, and so that each run of an
 * audience draws the same samples.
 */
export function idHash(salt: string, id: string): bigint {
  return createHash('sha256').update(`${salt}\n${id}`).digest().readBigUInt64LE(0)
}

/** Whether a hash is among a share of all hashes: a random sample that every run of the audience draws alike. */
export function isSampled(hash: bigint, share: number): boolean {
  return Number(hash >> 11n) < share * 2 ** 53
}
