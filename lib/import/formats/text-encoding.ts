import { isUtf8 } from 'node:buffer'

const MARKS: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['UTF-32 (little-endian)', [0xff, 0xfe, 0, 0]],
  ['UTF-32 (big-endian)', [0, 0, 0xfe, 0xff]],
  ['UTF-16 (little-endian)', [0xff, 0xfe]],
  ['UTF-16 (big-endian)', [0xfe, 0xff]],
]

/** The name of an encoding of which nothing can be read as UTF-8: by its mark, else by the NULs between ASCII characters. */
export function foreignEncoding(head: Buffer): string | undefined {
  const marked = MARKS.find(([, mark]) => mark.every((byte, i) => head[i] === byte))
  if (marked !== undefined) return marked[0]
  const zeros = Array.from(head.subarray(0, 8), (byte) => (byte === 0 ? '0' : 'x')).join('')
  if (zeros.length < 8) return undefined
  if (zeros === 'x000x000') return 'UTF-32 (little-endian)'
  if (zeros === '000x000x') return 'UTF-32 (big-endian)'
  if (zeros === 'x0x0x0x0') return 'UTF-16 (little-endian)'
  return zeros === '0x0x0x0x' ? 'UTF-16 (big-endian)' : undefined
}

/**
 * Whether a text is in an encoding of one byte a character, such as Latin-1 or Windows-1252: it has bytes beyond ASCII,
 * and none of them make a character of UTF-8. A text that has both is UTF-8 with damage.
 *
 * @param head the beginning of the text, which may end within a character
 */
export function isOneByteEncoding(head: Buffer): boolean {
  if (isUtf8(head) || isUtf8(withoutCutCharacter(head))) return false
  for (const character of head.toString()) {
    if (character > '\x7f' && character !== '\ufffd' && character !== '\ufeff') return false
  }
  return true
}

/** Up to three bytes of a character of UTF-8 may be missing at the end. */
function withoutCutCharacter(head: Buffer): Buffer {
  let end = head.length
  while (end > 0 && head.length - end < 3 && ((head[end - 1] ?? 0) & 0xc0) === 0x80) end--
  return ((head[end - 1] ?? 0) & 0xc0) === 0xc0 ? head.subarray(0, end - 1) : head
}
