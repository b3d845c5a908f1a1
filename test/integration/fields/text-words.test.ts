import { beforeAll, describe, expect, it } from 'vitest'
import { spellings } from '../../../lib/fields/spellings.ts'
import { indexedWords } from '../../../lib/fields/text-words.ts'
import { asArray, asString } from '../../../lib/redis/reply.ts'
import { type Random, seeded } from '../../support/random.ts'
import { useRedis } from '../../support/redis.ts'

/** Characters that a tokenizer may take for the end of a word, or for a part of it. */
const CHARACTERS = [
  ...Array.from({ length: 127 }, (_, i) => String.fromCharCode(i + 1)),
  ...'\\\\\\\\\\\\--,, \u00a0\u0085\u2028\u200b—…äÄßяЯ山\u0308',
]

describe('the words of a text', () => {
  const server = useRedis()
  beforeAll(() =>
    server
      .pool()
      .send(['FT.CREATE', 'i', 'ON', 'HASH', 'PREFIX', '1', 't:', 'SCHEMA', 't', 'TEXT', 'NOSTEM']),
  )

  /** What the server has in its dictionary of words for one text. The dictionary knows no character beyond U+FFFF. */
  async function terms(text: string): Promise<string[]> {
    const redis = server.pool()
    await redis.send(['FT.DROPINDEX', 'i', 'DD'])
    await redis.send(['FT.CREATE', 'i', 'ON', 'HASH', 'PREFIX', '1', 't:', 'SCHEMA', 't', 'TEXT', 'NOSTEM'])
    await redis.send(['HSET', 't:1', 't', text])
    return asArray(await redis.send(['FT.DEBUG', 'DUMP_TERMS', 'i']))
      .map(asString)
      .toSorted()
  }

  it('are those that the server indexes, whatever characters the text has', async () => {
    const random = seeded(1)
    for (let i = 0; i < 400; i++) {
      const text = randomText(random)
      const ours = indexedWords(text).map((word) => asciiFolded(word))
      expect(await terms(text), JSON.stringify(text)).toEqual([...new Set(ours)].toSorted())
    }
  })

  it.each(['x'.repeat(300), 'ü'.repeat(100), 'X'.repeat(126) + 'ü'.repeat(9), `${'a'.repeat(128)} b1`])(
    'are cut after 128 bytes: %j',
    async (text) => {
      const ours = indexedWords(text).map((word) => String(spellings(word)[0]))
      expect((await terms(text)).map(String)).toEqual(ours.toSorted())
    },
  )
})

function randomText(random: Random): string {
  const length = random.below(24)
  return Array.from({ length }, () =>
    random.below(2) === 0 ? random.oneOf([...'abcxyz']) : random.oneOf(CHARACTERS),
  ).join('')
}

function asciiFolded(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}
