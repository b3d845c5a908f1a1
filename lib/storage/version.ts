import { createHash } from 'node:crypto'

/**
 * A fingerprint of a stored user: 22 characters that change with any of its parts. It is never stored, so it is never
 * outdated.
 */
export function versionOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('base64url').slice(0, 22)
}
