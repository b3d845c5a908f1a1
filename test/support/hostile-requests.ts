/** Bodies of `POST /search` that would cost more than they are worth, of about `size` bytes each. */
export function hostileSearches(size: number): Record<string, string> {
  const vector = [0.9, 0.7, 0.2]
  const times = <T>(count: number, value: T) => Array.from({ length: Math.floor(count) }, () => value)
  const filtered = (filter: unknown) => JSON.stringify({ vector, filter })
  return {
    'blanks in a tag': filtered({ labels: `x${' '.repeat(size)}x` }),
    'a long tag': filtered({ labels: 'x'.repeat(size) }),
    'many tags': filtered({ labels: { $in: times(size / 4, 'x') } }),
    'many words': filtered({ descr: { $text: 'a '.repeat(size / 2) } }),
    'one long word': filtered({ descr: { $text: 'a'.repeat(size) } }),
    'quotation marks': filtered({ descr: { $text: '"'.repeat(size / 2) } }),
    'marks upon a letter': filtered({ descr: { $text: `e${'\u0301'.repeat(size / 2)}` } }),
    'many conditions': filtered({ $and: times(size / 3, {}) }),
    'nested negations': `{"vector":[1,2,3],"filter":${'{"$not":'.repeat(size / 9)}1${'}'.repeat(size / 9)}}`,
    'a long alias': filtered({ ['x'.repeat(size)]: 1 }),
    'many seeds of no kind': JSON.stringify({ like: times(size / 2, 0) }),
    'many fields': JSON.stringify({ user: '1', fields: times(size / 4, 'x') }),
    'many searches': JSON.stringify({ searches: times(size / 2, 0) }),
    'a long member': JSON.stringify({ vector, ['x'.repeat(size)]: 1 }),
    'a long id': JSON.stringify({ user: 'x'.repeat(size) }),
    'a long base64': JSON.stringify({ vector: 'A'.repeat(size) }),
    'many components': JSON.stringify({ vector: times(size / 2, 1) }),
    'one member many times': `{${times(size / 6, '"k":1').join()}}`,
    brackets: '['.repeat(size / 2) + ']'.repeat(size / 2),
  }
}
