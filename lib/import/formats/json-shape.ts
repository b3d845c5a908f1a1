import { isBlank } from './blanks.ts'
import type { TextFormat } from './file-format.ts'

const [LINE_FEED, QUOTE, BACKSLASH, RECORD_SEPARATOR] = [0x0a, 0x22, 0x5c, 0x1e]
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]
const [COMMA, COLON] = [0x2c, 0x3a]
const GOES_ON_BEHIND: readonly (number | undefined)[] = [OPEN_ARRAY, OPEN_OBJECT, COMMA, COLON]
const GOES_ON_BEFORE: readonly (number | undefined)[] = [CLOSE_ARRAY, CLOSE_OBJECT, COMMA, COLON]

/**
 * How JSON values stand in a text that begins with a bracket: one a line (NDJSON), where a broken line leaves all others whole;
 * or as one array, one object, or objects one behind the other, whatever is between them (JSON).
 *
 * @param at the first bracket
 * @param hint what the name says, where both are possible
 * @returns 'more' when so few bytes do not tell
 */
export function jsonShape(
  head: Buffer,
  { at, isWhole, hint }: { at: number; isWhole: boolean; hint: TextFormat | undefined },
): 'NDJSON' | 'JSON' | 'more' {
  const isArray = head[at] === OPEN_ARRAY
  if (isArray && hint !== 'NDJSON') return 'JSON'
  const lineEnd = head.indexOf(LINE_FEED, at)
  const end = valueEnd(head, at)
  if (end === undefined && !isWhole) return 'more'
  if (lineEnd !== -1 && (end === undefined || end > lineEnd)) {
    return goesOn(head, at, lineEnd) ? 'JSON' : 'NDJSON'
  }
  if (end === undefined) return hint === 'NDJSON' ? 'NDJSON' : 'JSON'
  const next = skip(head, end, (byte) => isBlank(byte) && (isArray || byte !== LINE_FEED))
  if (next === head.length && !isWhole) return 'more'
  if (isArray) return next === head.length ? 'JSON' : 'NDJSON'
  const isNeighbour = head[next] === OPEN_OBJECT || head[next] === RECORD_SEPARATOR
  if (isNeighbour) return 'JSON'
  return head[next] === LINE_FEED || hint !== 'JSON' ? 'NDJSON' : 'JSON'
}

/** Whether a value continues in the second line. Else the first is a broken one, whatever brackets follow. */
function goesOn(head: Buffer, from: number, lineEnd: number): boolean {
  let last = lineEnd
  while (last > from && isBlank(head[last - 1])) last--
  if (GOES_ON_BEHIND.includes(head[last - 1])) return true
  return GOES_ON_BEFORE.includes(head[skip(head, lineEnd, isBlank)])
}

/** Behind the value's last bracket; undefined when it is not there, or behind a line break in a text, which JSON has not. */
function valueEnd(head: Buffer, from: number): number | undefined {
  let depth = 0
  let inString = false
  for (let i = from; i < head.length; i++) {
    const byte = head[i]
    if (inString) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) inString = false
      else if (byte === LINE_FEED) return i + 1
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) && --depth === 0) return i + 1
  }
  return undefined
}

function skip(head: Buffer, from: number, is: (byte: number | undefined) => boolean): number {
  let at = from
  while (at < head.length && is(head[at])) at++
  return at
}
