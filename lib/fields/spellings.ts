/** RediSearch indexes so many bytes of a word. */
export const MAX_WORD_BYTES = 128
/** As many ways to put capitals into a word are all tried; of longer words only those that people use. */
const MOST_CASES = 64

/** Two words are the same if these are equal: case does not count, nor how accents are composed. */
export function canonicalWord(word: string): string {
  // A final sigma is one of two small letters of the same capital.
  return word.normalize('NFC').toLowerCase().normalize('NFC').replaceAll('ς', 'σ')
}

/**
 * The terms under which RediSearch may have indexed a word. It folds ASCII letters and no other (`ÄPFEL` is indexed as
 * `Äpfel`), and does not compose accents, so a filter has to name each spelling. A term that ends within a character is bytes.
 */
export function spellings(word: string): (string | Buffer)[] {
  if (isAscii(word)) return [cutTerm(foldAscii(word))]
  const cased = [word, ...cases(canonicalWord(word))]
  const composed = cased.flatMap((one) => [one, one.normalize('NFC'), one.normalize('NFD')])
  const terms = new Set(composed.map(foldAscii))
  return [...new Map([...terms].map(cutTerm).map((term) => [String(term), term])).values()]
}

/** Whether a filter that spells the word in another case or composition finds it. */
export function isFoundInAnySpelling(word: string): boolean {
  const canonical = canonicalWord(word)
  // Nearly all words, and in a hundredth of the time.
  if (isAscii(word) || word === canonical) return true
  const term = String(cutTerm(foldAscii(word)))
  return spellings(canonical).some((spelling) => String(spelling) === term)
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

function foldAscii(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function cutTerm(term: string): string | Buffer {
  if (term.length * 3 <= MAX_WORD_BYTES) return term
  const bytes = Buffer.from(term)
  if (bytes.length <= MAX_WORD_BYTES) return term
  const cut = bytes.subarray(0, MAX_WORD_BYTES)
  const text = cut.toString()
  return text.endsWith('\ufffd') ? cut : text
}

/** The word with capitals in the places where documents have them. */
function cases(canonical: string): string[] {
  const letters = Array.from(canonical).slice(0, MAX_WORD_BYTES).map(lettersOf)
  const count = letters.reduce((product, { length }) => product * length, 1)
  if (count <= MOST_CASES) {
    return letters.reduce<string[]>(
      (words, some) => words.flatMap((word) => some.map((one) => word + one)),
      [''],
    )
  }
  const small = letters.map(([letter = '']) => letter)
  const capital = letters.map((some) => some[1] ?? some[0] ?? '')
  const first = (from: readonly string[]) => from.slice(0, 1)
  return [
    small,
    capital,
    [...first(capital), ...small.slice(1)],
    // АвтоДом, еПошта, АвтоВАЗ, ГИБДДшник.
    ...small.keys().flatMap((i) => [
      [...first(capital), ...small.slice(1, i), ...capital.slice(i, i + 1), ...small.slice(i + 1)],
      [...small.slice(0, i), ...capital.slice(i, i + 1), ...small.slice(i + 1)],
      [...first(capital), ...small.slice(1, i), ...capital.slice(i)],
      [...capital.slice(0, i), ...small.slice(i)],
    ]),
  ].flatMap(withFinalSigma)
}

/** A letter and its capital. RediSearch folds ASCII itself. */
function lettersOf(letter: string): string[] {
  if (letter < '\x80') return [letter]
  if (letter === 'σ') return ['σ', 'Σ', 'ς']
  const capital = letter === 'ß' ? 'ẞ' : letter.toUpperCase()
  return capital !== letter && canonicalWord(capital) === letter ? [letter, capital] : [letter]
}

function withFinalSigma(letters: readonly string[]): string[] {
  const word = letters.join('')
  return word.endsWith('σ') ? [word, `${word.slice(0, -1)}ς`] : [word]
}
