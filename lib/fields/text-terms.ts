/**
 * The words of a text as RediSearch's tokenizer sees them, each with the spellings to look for.
 *
 * One PARAM is one term: "road bikes", "kid's" and "the" in a PARAM find nobody, so we cut the text where RediSearch
 * cuts documents, leave out its stop words, and send the words one by one. All three facts are held by a test on the
 * live server that tries every ASCII character.
 */
export function textTerms(text: string): string[][] {
  const words = text.split(SEPARATORS).filter((word) => word !== '' && !STOP_WORDS.has(word.toLowerCase()))
  return [...new Set(words)].map(spellings)
}

// RediSearch does not cut at a line break or a backslash; in a query nobody means them as part of a word.
const SEPARATORS = /[\s\\!"#$%&'()*+,\-./:;<=>?@[\]^`{|}~]+/

const STOP_WORDS = new Set(
  `a is the an and are as at be but by for if in into it no not of on or such that their then there these they this to
  was will with`.split(/\s+/),
)

/** RediSearch 2.10 folds ASCII letters only: "ÄPFEL" is stored as "Äpfel", which "äpfel" would miss. */
function spellings(word: string): string[] {
  const capitalised = word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()
  const all = [word, word.toLowerCase(), word.toUpperCase(), capitalised]
  return [...new Set(all.map(foldAscii))]
}

function foldAscii(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
