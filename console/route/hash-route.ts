/** A place in the console. It is the part of the address after `#`, so a link to it can be shared. */
export interface Route {
  /** `search`, or `imports/0123456789abcdef` */
  path: readonly string[]
  query: Readonly<Record<string, string>>
}

/** `#/search?user=1` → `{ path: ['search'], query: { user: '1' } }` */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = splitOnce(hash.replace(/^#?\/?/, ''), '?')
  return {
    path: path.split('/').filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

/** The opposite. A value that is empty or undefined is left out. */
export function formatRoute(path: readonly string[], query: Readonly<Record<string, unknown>> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '')
  const text = new URLSearchParams(
    pairs.map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()
  return `#/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`
}

/** A person may have cut a link in the middle of an escape. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
