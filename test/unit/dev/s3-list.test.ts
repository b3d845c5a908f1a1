import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byteOrder, positionOf } from '../../../dev/s3/keys.ts'
import { listPage } from '../../../dev/s3/list.ts'

// Few letters, so that prefixes, delimiters and keys meet; two that UTF-16 and UTF-8 order differently.
const name = fc.string({ unit: fc.constantFrom('a', 'b', '/', '\uFF01', '\u{1F600}'), maxLength: 5 })
const sortedKeys = fc.uniqueArray(name.filter((key) => key !== '')).map((keys) => keys.sort(byteOrder))

describe('positionOf', () => {
  it('is where a key has to be inserted', () => {
    fc.assert(
      fc.property(sortedKeys, name, (keys, key) => {
        const position = positionOf(keys, key)
        expect(keys.slice(0, position).every((before) => byteOrder(before, key) < 0)).toBe(true)
        expect(keys.slice(position).every((behind) => byteOrder(behind, key) >= 0)).toBe(true)
      }),
    )
  })
})

describe('listPage', () => {
  it('is, over all its pages, every key or its group, once and in order', () => {
    fc.assert(
      fc.property(
        sortedKeys,
        name,
        name,
        fc.integer({ min: 1, max: 4 }),
        (keys, prefix, delimiter, limit) => {
          const items = keys
            .filter((key) => key.startsWith(prefix))
            .map((key) => expectedItem(key, prefix, delimiter))
          expect(allPages(keys, prefix, delimiter, limit)).toEqual([...new Set(items)])
        },
      ),
    )
  })

  it('begins behind the key that it is to begin after', () => {
    fc.assert(
      fc.property(sortedKeys, name, (keys, after) => {
        const page = listPage(keys, { prefix: '', delimiter: '', after, limit: 1000 })
        expect(page.keys).toEqual(keys.filter((key) => byteOrder(key, after) > 0))
      }),
    )
  })

  it('does not list a group because of the very key after which it begins', () => {
    const page = listPage(['a/b', 'c'], { prefix: '', delimiter: '/', after: 'a/b', limit: 1000 })
    expect(page).toEqual({ keys: ['c'], commonPrefixes: [], next: undefined })
  })

  it('of no keys has no next page', () => {
    expect(listPage(['a'], { prefix: '', delimiter: '', after: '', limit: 0 }).next).toBeUndefined()
  })
})

function allPages(keys: string[], prefix: string, delimiter: string, limit: number): string[] {
  const items: string[] = []
  let after: string | undefined = ''
  while (after !== undefined) {
    const page = listPage(keys, { prefix, delimiter, after, limit })
    expect(page.keys.length + page.commonPrefixes.length).toBeLessThanOrEqual(limit)
    items.push(...[...page.keys, ...page.commonPrefixes].sort(byteOrder))
    after = page.next
  }
  return items
}

function expectedItem(key: string, prefix: string, delimiter: string): string {
  const [head = '', ...tail] = delimiter === '' ? [key] : key.slice(prefix.length).split(delimiter)
  return delimiter === '' || tail.length === 0 ? key : prefix + head + delimiter
}
