/** A string of JSON that a colon follows is a member's name. A string is read once, so the time is linear. */
const STRING = /"(?:[^"\\]|\\.)*"/g
const COLON_NEXT = /[ \t\n\r]*:/y

/**
 * The path of a member that an object of the text names twice, such as `filter.labels`; undefined when each object
 * names each member once. JSON.parse keeps the last of them and says nothing.
 *
 * @param text valid JSON
 * @param value what JSON.parse made of it
 */
export function duplicateMember(text: string, value: unknown): string | undefined {
  return countNames(text) === countMembers(value) ? undefined : findDuplicate(text)
}

function countNames(text: string): number {
  let count = 0
  for (const { 0: string, index } of text.matchAll(STRING)) {
    COLON_NEXT.lastIndex = index + string.length
    if (COLON_NEXT.test(text)) count++
  }
  return count
}

/** Keeps a stack of its own, because a body may be nested deeper than the call stack allows. */
function countMembers(value: unknown): number {
  let count = 0
  const open = [value]
  while (open.length > 0) {
    const one = open.pop()
    if (typeof one !== 'object' || one === null) continue
    const inner: unknown[] = Array.isArray(one) ? one : Object.values(one)
    if (!Array.isArray(one)) count += inner.length
    for (const element of inner) if (typeof element === 'object') open.push(element)
  }
  return count
}

/** An object or a list that is open where the scan is. */
interface Level {
  /** The names of an object so far; undefined for a list. */
  names: Set<string> | undefined
  /** The member of an object that is being read; undefined where a name comes next. */
  name: string | undefined
  /** The element of a list that is being read. */
  index: number
}

/** Reads the tokens once, and remembers the names of each open object. */
function findDuplicate(text: string): string | undefined {
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
