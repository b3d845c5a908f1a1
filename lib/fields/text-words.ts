/** RediSearch cuts a text at these characters, and at no other. */
const SEPARATORS = '\t !"#$%&\'()*+,-./:;<=>?@[]^`{|}~'
const isSeparator = (character: string) => SEPARATORS.includes(character)
const isControl = (character: string) => character < ' ' || character === '\x7f'

/** The characters that end a word for a person: blanks, punctuation, control characters and the backslash, but not `_`. */
const BETWEEN_WORDS = /(?:(?!_)[\p{P}\p{Z}\p{Cc}$+<=>^`|~])+/u

const STOP_WORDS = new Set(
  `a is the an and are as at be but by for if in into it no not of on or such that their then there these they this to
  was will with`.split(/\s+/),
)

/**
 * The words of a text as RediSearch 2.10 indexes them, in their case and at their whole length. It drops control
 * characters, so that a line break joins the words around it, and takes a backslash for an escape of the next character.
 */
export function indexedWords(text: string): string[] {
  return indexedTokens(text).map(({ word }) => word)
}

/** The same, each with the part of the text that it is made of. */
export function indexedTokens(text: string): { raw: string; word: string }[] {
  return rawTokens(text)
    .map((raw) => ({ raw, word: withoutEscapes(raw) }))
    .filter(({ word }) => isIndexed(word))
}

/** The words that a person sees in a part of a text. */
export function wordsApart(part: string): string[] {
  return part.split(BETWEEN_WORDS).filter(isIndexed)
}

/**
 * The readings of one part of a filter's text, a part being what is between two blanks. To RediSearch a part with a
 * character between its words (`road-bike`, `c:\temp`) is one word or several, depending on how the document escapes
 * it. Each reading is a list of words that must all occur. The empty list: the part asks for no word.
 */
export function textParts(text: string): string[][][] {
  // A blank behind a backslash is part of a word.
  const parts = new Set(text.split(/(?<!\\)[ \t]+/).filter((part) => part !== ''))
  return [...parts].map(readingsOf).filter((readings) => readings.length > 0)
}

function readingsOf(part: string): string[][] {
  const apart = wordsApart(part)
  const indexed = indexedWords(part)
  // Such as `the`, or a dash.
  if (apart.length === 0 || indexed.length === 0) return []
  const readings = [apart, indexed, [trimSeparators(withoutEscapes(part))]]
  // RediSearch stores the stem of a word behind a plus.
  const safe = readings.filter((words) => words.every((word) => !word.startsWith('+')))
  return [...new Map(safe.map((words) => [JSON.stringify(words), words])).values()]
}

function isIndexed(word: string): boolean {
  return word !== '' && !STOP_WORDS.has(word.toLowerCase())
}

function rawTokens(text: string): string[] {
  const tokens: string[] = []
  let token = ''
  let isEscaped = false
  for (const character of text) {
    // Behind a backslash a separator is part of the word, even if that backslash is escaped itself.
    if (isSeparator(character) && !isEscaped && !token.endsWith('\\')) {
      tokens.push(token)
      token = ''
      isEscaped = false
    } else {
      token += character
      isEscaped = character === '\\' && !isEscaped
    }
  }
  return [...tokens, token]
}

function withoutEscapes(token: string): string {
  let word = ''
  let isEscaped = false
  for (const character of token) {
    const escapes: boolean = character === '\\' && !isEscaped
    if (!escapes && !isControl(character)) word += character
    isEscaped = escapes
  }
  return word
}

function trimSeparators(word: string): string {
  let [from, to] = [0, word.length]
  while (from < to && isSeparator(word.charAt(from))) from++
  while (from < to && isSeparator(word.charAt(to - 1))) to--
  return word.slice(from, to)
}
