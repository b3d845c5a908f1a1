import type { IndexDefinition } from '../definition.ts'
import { setWithExpiryArgs } from '../redis/commands/strings.ts'
import type { Command } from '../redis/redis.ts'

/** A reservoir of vectors that searches asked with, to measure recall by. It holds no id, and is never logged. */
export const ASKED_SLOTS = 64
const EXPIRY_SECONDS = 7 * 24 * 3_600
const SINGLE = 's'.charCodeAt(0)
const GROUP = 'g'.charCodeAt(0)

export interface AskedVector {
  /** In the index's type, little-endian. */
  vector: Buffer
  isGroup: boolean
}

export function askedKey({ name }: IndexDefinition, slot: number): string {
  return `lookalike:asked:${name}:${slot}`
}

/** Puts the vector into a slot drawn by lot, where it stays for a week at most. */
export function saveAskedArgs(
  definition: IndexDefinition,
  { vector, isGroup }: AskedVector,
  random = Math.random,
): Command {
  const key = askedKey(definition, Math.floor(random() * ASKED_SLOTS))
  return setWithExpiryArgs(key, Buffer.concat([Buffer.of(isGroup ? GROUP : SINGLE), vector]), EXPIRY_SECONDS)
}

export function parseAsked(value: Buffer): AskedVector {
  return { vector: value.subarray(1), isGroup: value[0] === GROUP }
}
