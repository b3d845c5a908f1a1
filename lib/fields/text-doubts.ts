import { isFoundInAnySpelling, MAX_WORD_BYTES } from './spellings.ts'
import { indexedTokens, wordsApart } from './text-words.ts'

const JOINED =
  'words joined by a line break, a backslash, or a blank or punctuation beyond ASCII: a filter finds them only together'
const LONG = `words of more than ${MAX_WORD_BYTES} bytes: a filter compares no more of them`
const SPELLING =
  'words with capitals or accents in unusual places: a filter finds them only in the same spelling'

/** ASCII in which RediSearch finds every word: no control character and no backslash. */
const PLAIN = /^[\t\x20-\x5b\x5d-\x7e]*$/

/** The words that `$text` does not find in a text, although a person would expect it. Most texts have none of that. */
export function textDoubts(text: string): string[] {
  if (text.length <= MAX_WORD_BYTES && PLAIN.test(text)) return []
  const doubts = new Set<string>()
  for (const { raw, word } of indexedTokens(text)) {
    const [first, ...others] = wordsApart(raw)
    if (first !== undefined && (first !== word || others.length > 0)) doubts.add(JOINED)
    if (Buffer.byteLength(raw) > MAX_WORD_BYTES) doubts.add(LONG)
    else if (!isFoundInAnySpelling(word)) doubts.add(SPELLING)
  }
  return [...doubts]
}
