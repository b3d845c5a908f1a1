import type { Random } from '../random.ts'
import { absentOr, type FieldKind, several } from './field-kind.ts'

/** A piece of a text without a blank: how a document has it, and the words that RediSearch indexes for it. */
interface Piece {
  text: string
  indexes: readonly string[]
}

/** A piece of a filter's text. The words of one of the alternatives must occur. */
interface Wanted {
  text: string
  anyOf: readonly (readonly string[])[]
}

/** Each stands for itself, in any case and in any composition of its accents. */
const COMMON = ['road', 'bikes', 'bike', 'running', 'run']
const WORDS = [
  ...['kid', '42', 'x_y', 'äpfel', 'naïve', 'автодом', 'ελλάς', '山', 'e\u0301lan\u0323', '🚲'],
  // RediSearch indexes 128 bytes of a word.
  ...['z'.repeat(128), 'ü'.repeat(64), '山'.repeat(42)],
]
const aWord = (random: Random) => random.oneOf(random.below(2) === 0 ? COMMON : WORDS)
const LONGER = ['z'.repeat(129), `${'z'.repeat(128)}a`, 'ü'.repeat(65), '山'.repeat(43)]
const STOP_WORD = 'the'

const PIECES: readonly Piece[] = [
  { text: STOP_WORD, indexes: [] },
  { text: 'road-bikes', indexes: ['road', 'bikes'] },
  { text: 'road\\-bikes', indexes: ['road-bikes'] },
  { text: 'c:\\road\\bikes', indexes: ['c', 'roadbikes'] },
  { text: 'road\nbikes', indexes: ['roadbikes'] },
  { text: 'road\u00a0bikes', indexes: ['road\u00a0bikes'] },
  { text: 'road—bikes', indexes: ['road—bikes'] },
  { text: 'road\\\\bikes', indexes: ['road\\bikes'] },
  { text: LONGER[0] ?? '', indexes: ['z'.repeat(128)] },
  { text: LONGER[1] ?? '', indexes: ['z'.repeat(128)] },
  { text: LONGER[2] ?? '', indexes: ['ü'.repeat(64)] },
  { text: LONGER[3] ?? '', indexes: [`${'山'.repeat(42)}…`] },
]

const apart = ['road', 'bikes']
const WANTED: readonly Wanted[] = [
  { text: 'road-bikes', anyOf: [apart, ['road-bikes']] },
  { text: 'road\\-bikes', anyOf: [apart, ['road-bikes']] },
  {
    text: 'c:\\road\\bikes',
    anyOf: [
      ['c', ...apart],
      ['c', 'roadbikes'],
    ],
  },
  { text: 'road\nbikes', anyOf: [apart, ['roadbikes']] },
  { text: 'road\u00a0bikes', anyOf: [apart, ['road\u00a0bikes']] },
  { text: 'road—bikes', anyOf: [apart, ['road—bikes']] },
  { text: 'road\\\\bikes', anyOf: [apart, ['road\\bikes']] },
  { text: 'absent', anyOf: [['no text has it']] },
  { text: LONGER[0] ?? '', anyOf: [['z'.repeat(128)]] },
  { text: LONGER[2] ?? '', anyOf: [['ü'.repeat(64)]] },
  { text: LONGER[3] ?? '', anyOf: [[`${'山'.repeat(42)}…`]] },
]

export const words: FieldKind = {
  value(random) {
    const some = several(random, 5, (): Piece => {
      const word = aWord(random)
      return random.below(4) > 0 ? { text: inSomeCase(random, word), indexes: [word] } : random.oneOf(PIECES)
    })
    const text = some.map((piece) => piece.text).join(random.oneOf([' ', ', ', '\t', ' \n ', '; ']))
    const means = some.flatMap(({ indexes }) => indexes)
    return absentOr(random, { json: random.oneOf([text, [text], [null, text]]), means })
  },
  condition(random) {
    const one = (): Wanted => {
      const word = aWord(random)
      return random.below(4) > 0 ? { text: inSomeCase(random, word), anyOf: [[word]] } : random.oneOf(WANTED)
    }
    const wanted = [one(), ...(random.below(2) === 0 ? [] : several(random, 2, one))]
    const pieces = random.below(4) === 0 ? [{ text: STOP_WORD, anyOf: [[]] }, ...wanted] : wanted
    return {
      json: { $text: pieces.map(({ text }) => text).join(random.oneOf([' ', '\t', ' - ', ' ! '])) },
      holds: (means) =>
        pieces.every(({ anyOf }) => anyOf.some((all) => all.every((word) => means.includes(word)))),
    }
  },
}

/** In a case and a composition that people use; two capitals within a word among them. */
function inSomeCase(random: Random, word: string): string {
  const capitalised = word.slice(0, 1).toUpperCase() + word.slice(1)
  const humps = capitalised.slice(0, 4) + capitalised.slice(4, 5).toUpperCase() + capitalised.slice(5)
  const cased = random.oneOf([word, word.toUpperCase(), capitalised, humps])
  return cased.normalize(random.below(2) === 0 ? 'NFC' : 'NFD')
}
