import { byteOrder, positionOf } from './keys.ts'

export interface ListQuery {
  prefix: string
  delimiter: string
  /** The page begins after this key or common prefix; '' begins at the start. */
  after: string
  limit: number
}

/** One page of a listing. `next` is the `after` of the next page, if there is one. */
export interface ListPage {
  keys: string[]
  commonPrefixes: string[]
  next: string | undefined
}

/** One page of keys, which must be in byte order. Keys with the delimiter after the prefix count once, as a group. */
export function listPage(keys: readonly string[], { prefix, delimiter, after, limit }: ListQuery): ListPage {
  const page: ListPage = { keys: [], commonPrefixes: [], next: undefined }
  if (limit === 0) return page
  let last = after
  let from = positionOf(keys, byteOrder(after, prefix) > 0 ? after : prefix)
  for (; keys[from]?.startsWith(prefix); from++) {
    const key = keys[from] ?? ''
    const item = groupOf(key, prefix, delimiter)
    if (item === last || key === after) continue
    if (page.keys.length + page.commonPrefixes.length === limit) return { ...page, next: last }
    if (item === key) page.keys.push(key)
    else page.commonPrefixes.push(item)
    last = item
  }
  return page
}

/** The key up to and including the first delimiter after the prefix; the whole key if there is none. */
function groupOf(key: string, prefix: string, delimiter: string): string {
  const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
  return at === -1 ? key : key.slice(0, at + delimiter.length)
}
