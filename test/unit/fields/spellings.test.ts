import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalWord, isFoundInAnySpelling, spellings } from '../../../lib/fields/spellings.ts'

describe('the spellings of a word', () => {
  it('are one for a word of ASCII letters, which RediSearch folds', () => {
    expect(spellings('Road')).toEqual(['road'])
  })

  it.each([
    ['äpfel', ['äpfel', 'Äpfel', 'a\u0308pfel']],
    ['МИР', ['мир', 'МИР', 'Мир']],
    ['автодом', ['АвтоДом', 'АВТОДОМ', 'Автодом', 'автоДом', 'АвтоДОМ', 'АВТОдом']],
    ['ελλάς', ['ΕΛΛΆΣ', 'ελλάσ', 'Ελλάς'.normalize('NFD')]],
    ['straße', ['STRAẞE', 'straße'].map((word) => word.replace(/[A-Z]/g, (letter) => letter.toLowerCase()))],
    ['e\u0301lan\u0323', ['élaṇ', 'Élaṇ', 'e\u0301lan\u0323']],
  ])('of %j include %j', (word, some) => {
    expect(spellings(word)).toEqual(expect.arrayContaining(some))
  })

  it('are the same word, and no longer than RediSearch indexes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 300 }), (word) => {
        for (const spelling of spellings(word)) {
          expect(Buffer.byteLength(spelling)).toBeLessThanOrEqual(128)
          const isWhole = typeof spelling === 'string' && Buffer.byteLength(spelling) < 120
          if (isWhole) expect(canonicalWord(spelling)).toBe(canonicalWord(word))
        }
      }),
    )
  })

  it('of a word that ends within a character, after 128 bytes, are bytes', () => {
    const [first] = spellings('山'.repeat(43))
    expect(first).toEqual(Buffer.from('山'.repeat(43)).subarray(0, 128))
  })

  it('are few, however long the word is', () => {
    expect(spellings('я'.repeat(500_000)).length).toBeLessThan(1_000)
  })

  it.each([
    ['road', true],
    ['АвтоДом', true],
    ['АВТОВАЗ', true],
    ['a\u0308pfel', true],
    ['аВтОдОмОбИлЬ', false],
    ['e\u0301lanṇ', false],
  ])('say of a stored word %j that any spelling finds it: %s', (word, isFound) => {
    expect(isFoundInAnySpelling(word)).toBe(isFound)
  })
})
