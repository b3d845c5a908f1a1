import { isUserId } from './user-id.ts'

/** The place where a text stops being JSON, with what a person needs to find the record. */
export interface JsonFault {
  /** The index of the first character that JSON does not allow at its place. */
  at: number
  /** `NaN`, which JSON does not have; absent for any other fault. */
  token?: string
  /** The member that contains the fault: `vector_embedding[1]`. */
  path: string
  /** The record's id, if the text around the fault still contains it. */
  id?: string
}

interface Container {
  isArray: boolean
  /** The name of the current or next member, or the index of the element. */
  place: string | number
}

const NAN_TOKEN = /-?(?:NaN|Infinity)\b/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const LITERAL = /true|false|null/y
const BLANKS = /[ \t\n\r]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/**
 * Finds where a text stops being JSON. V8's message quotes the record, and gives no position in a short one. A NaN,
 * which Python writes by default, counts as the fault. The scan continues after it, because the id may come later.
 *
 * @returns undefined if the text is JSON
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const containers: Container[] = []
  const ids = new Map<string, string>()
  let fault: { at: number; token?: string; path: string } | undefined
  let at = 0
  let expects: 'value' | 'first' | 'name' | 'next' = 'value'

  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const [token] = pattern.exec(text) ?? []
    at += token?.length ?? 0
    return token
  }
  const stop = (): JsonFault => {
    const { path, ...first } = fault ?? { at, path: pathOf(containers) }
    const id = ids.get('id') ?? ids.get('user')
    return { ...first, path, ...(id !== undefined && { id }) }
  }
  const isAt = (character: string) => text[at] === character

  for (;;) {
    take(BLANKS)
    const inner = containers.at(-1)
    if (expects === 'next') {
      if (inner === undefined) return at === text.length && fault === undefined ? undefined : stop()
      if (isAt(inner.isArray ? ']' : '}')) containers.pop()
      else if (isAt(',')) {
        if (typeof inner.place === 'number') inner.place++
        expects = inner.isArray ? 'value' : 'name'
      } else return stop()
      at++
      continue
    }
    if (inner !== undefined && expects === 'first' && isAt(inner.isArray ? ']' : '}')) {
      containers.pop()
      at++
      expects = 'next'
      continue
    }
    if (inner !== undefined && !inner.isArray && expects !== 'value') {
      const name = takeText()
      take(BLANKS)
      if (name === undefined || !isAt(':')) return stop()
      inner.place = JSON.parse(name)
      at++
      expects = 'value'
      continue
    }
    if (isAt('{') || isAt('[')) {
      containers.push({ isArray: isAt('['), place: isAt('[') ? 0 : '' })
      at++
      expects = 'first'
      continue
    }
    const from = at
    const value = isAt('"') ? takeText() : (take(NUMBER) ?? take(LITERAL))
    if (value === undefined) {
      const token = isAt('"') ? undefined : take(NAN_TOKEN)
      if (token === undefined) return stop()
      fault ??= { at: from, token, path: pathOf(containers) }
    } else if (containers.length === 1) rememberId(value)
    expects = 'next'
  }

  /** Reads a text with its quotes. Returns undefined if it is faulty, with `at` at the fault. */
  function takeText(): string | undefined {
    if (!isAt('"')) return undefined
    const from = at++
    for (;;) {
      const code = text.charCodeAt(at)
      if (code === 0x22) return text.slice(from, ++at)
      // The code is NaN at the end of the text.
      if (!(code >= 0x20)) return undefined
      if (code !== 0x5c) at++
      else if (take(ESCAPE) === undefined) return undefined
    }
  }

  function rememberId(source: string): void {
    const name = containers[0]?.place
    if (name !== 'id' && name !== 'user') return
    const id: unknown = source.startsWith('"') ? JSON.parse(source) : source
    if (typeof id === 'string' && isUserId(id)) ids.set(name, id)
  }
}

function pathOf(containers: readonly Container[]): string {
  return containers.reduce((path, { place }) => {
    if (typeof place === 'number') return `${path}[${place}]`
    return path === '' ? place : `${path}.${place}`
  }, '')
}
