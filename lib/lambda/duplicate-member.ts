/** A JSON string before a colon is a member's name. The pattern reads each string once, so the time is linear. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y
const COLON_NEXT = /[ \t\n\r]*:/y

/**
 * The path of a member that an object names twice, such as `filter.labels`. Returns undefined if no object does.
 * JSON.parse silently uses the last of them.
 *
 * @param text valid JSON
 * @param value what JSON.parse returned for it
 */
export function findDuplicateMember(text: string, value: unknown): string | undefined {
  // V8 13.6 reads an escaped name wrongly after some other texts: "\\u0062" twice as "b" and "\\".
  const mayBeMisread = text.includes('\\')
  if (!mayBeMisread && countNames(text) === countMembers(value)) return undefined
  return findDuplicatePath(text)
}

function countNames(text: string): number {
  let count = 0
  let end = 0
  // A vector is thousands of characters without a quote: `indexOf` passes them ten times as fast as a pattern.
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', end)) {
    STRING.lastIndex = at
    if (!STRING.test(text)) return count
    end = STRING.lastIndex
    COLON_NEXT.lastIndex = end
    if (COLON_NEXT.test(text)) count++
  }
  return count
}

/** Uses a stack of its own, because a body may be nested deeper than the call stack allows. */
function countMembers(value: unknown): number {
  let count = 0
  const open = [value]
  while (open.length > 0) {
    const one = open.pop()
    if (typeof one !== 'object' || one === null) continue
    const inner: unknown[] = Array.isArray(one) ? one : Object.values(one)
    if (!Array.isArray(one)) count += inner.length
    // By index: an iterator takes seven times as long for the numbers of a vector.
    for (let i = 0; i < inner.length; i++) if (typeof inner[i] === 'object') open.push(inner[i])
  }
  return count
}

/** An object or a list around the current token. */
interface Level {
  /** The names that the object has so far; undefined for a list. */
  names: Set<string> | undefined
  /** The object's member that is being read; undefined before a name. */
  name: string | undefined
  /** The index of the list element that is being read. */
  index: number
}

/** Reads the tokens once, and remembers the names of each open object. */
function findDuplicatePath(text: string): string | undefined {
  const levels: Level[] = []
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},]/g)) {
    const level = levels.at(-1)
    if (token === '{' || token === '[') {
      levels.push({ names: token === '{' ? new Set() : undefined, name: undefined, index: 0 })
    } else if (token === '}' || token === ']') {
      levels.pop()
    } else if (token === ',' && level !== undefined) {
      level.name = undefined
      level.index++
    } else if (level?.names !== undefined && level.name === undefined) {
      const name: string = JSON.parse(token)
      level.name = name
      if (level.names.has(name)) return pathOf(levels)
      level.names.add(name)
    }
  }
  return undefined
}

function pathOf(levels: readonly Level[]): string {
  return levels.reduce((path, { names, name = '', index }) => {
    if (names === undefined) return `${path}[${index}]`
    return path === '' ? name : `${path}.${name}`
  }, '')
}
