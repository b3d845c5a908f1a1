import { createHash } from 'node:crypto'

/** Names what is stored: 22 characters that change with any of its parts. Kept nowhere, so that nothing can fall behind. */
export function versionOf(parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest('base64url').slice(0, 22)
}
