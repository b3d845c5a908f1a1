import { isBlank } from './blanks.ts'

const [QUOTE, BACKSLASH, OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [
  0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d,
]

/**
 * Where the objects of a line begin that stand one behind the other, as when files are joined of which one has no line
 * break at its end; undefined for a line that is something else. Most lines are not looked at byte by byte.
 */
export function objectsInLine(line: Buffer): number[] | undefined {
  // In most lines, the first brace that closes is the last byte.
  const close = line.indexOf(CLOSE_OBJECT)
  if (close === -1 || close === line.length - 1) return undefined
  if (!line.includes('}{') && !line.includes('} {')) return undefined
  const starts: number[] = []
  let depth = 0
  let inString = false
  for (let i = 0; i < line.length; i++) {
    const byte = line[i]
    if (inString) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) inString = false
    } else if (depth === 0) {
      if (byte === OPEN_OBJECT) starts.push(i)
      else if (!isBlank(byte)) return undefined
      if (byte === OPEN_OBJECT) depth = 1
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--
  }
  return depth === 0 && starts.length > 1 ? starts : undefined
}
