import type { Random } from '../random.ts'
import { absentOr, equality, type FieldKind, foldAscii, several } from './field-kind.ts'

const TAGS = [
  ...['kids', 'Road', 'e-bike', 'ÄPFEL', 'äpfel', 'a\u0308pfel', '山 bike', 'АвтоДом', 'автодом', '🚲'],
  ...[
    'x*',
    '$p0',
    '(a|b)',
    "o'neil",
    '@a:{b}',
    '\\',
    '\\}',
    'a\\b',
    '-',
    '*',
    '{}',
    '"',
    '%',
    'a\u00a0b',
    'a\nb',
  ],
  ...['x'.repeat(129), 'x'.repeat(4096)],
]

export const tags: FieldKind = {
  value(random, { separator }) {
    const some = several(random, 3, () => random.oneOf(TAGS))
    const means = some.map(foldAscii)
    const spelt = some.map((tag) => spell(random, tag))
    if (random.below(6) === 0) {
      const flag = random.oneOf([true, false])
      return { json: flag, means: [String(flag)] }
    }
    const json = random.oneOf([spelt.join(separator), [...spelt, null]])
    return absentOr(random, { json, means })
  },
  condition: (random) =>
    equality(random, () => {
      const tag = random.oneOf([...TAGS, 'no user has it', true, false])
      return {
        json: typeof tag === 'string' ? spell(random, tag) : tag,
        holds: (means) => means.includes(foldAscii(String(tag))),
      }
    }),
}

/** The same tag: RediSearch trims the blanks around it, and folds ASCII letters. */
function spell(random: Random, tag: string): string {
  const cased = random.oneOf([
    tag,
    tag,
    foldAscii(tag),
    tag.replace(/[a-z]/g, (letter) => letter.toUpperCase()),
  ])
  return random.oneOf(['', ' ', '\t']) + cased + random.oneOf(['', ' ', '  '])
}
