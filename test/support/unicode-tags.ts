import { defineIndex } from '../../lib/definition.ts'
import { AppError, toAppError } from '../../lib/errors.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { cacheIndexReading } from '../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { jsonSetArgs } from '../../lib/redis/commands/json.ts'
import { searchBatch, searchUsers } from '../../lib/search/search-users.ts'
import { userKey } from '../../lib/users/user-record.ts'
import { INJECTIONS } from './injections.ts'
import type { Random } from './random.ts'
import type { TestRedis } from './redis.ts'

const definition = defineIndex(INDEX_DEFINITION, { vector: { algorithm: 'FLAT' } })
const vector = [0.9, 0.7, 0.2]
/** As long as a tag may be. */
const LONG_TAGS = ['x'.repeat(4096), '\\'.repeat(4096), 'ü'.repeat(2048)]
const BLANKS = /^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g

/** Values to filter by, each once: characters of every kind, alone and among others, what is no tag among them. */
export function randomTags(random: Random, count: number): string[] {
  const tags = new Set([...INJECTIONS, ...LONG_TAGS])
  while (tags.size < count) {
    const tag = Array.from({ length: random.below(random.oneOf([2, 4, 40])) }, () => randomCharacter(random))
    const text = tag.join('')
    tags.add(text)
    if (random.below(10) === 0) tags.add(` ${text.replace(/[a-z]/g, (letter) => letter.toUpperCase())}\n`)
  }
  return [...tags]
}

function randomCharacter(random: Random): string {
  // Half of a surrogate pair among them: below 0x110000 are all code points, and below 0x10000 many are halves.
  const below = random.oneOf([0x80, 0x250, 0x10000, 0x110000])
  return random.oneOf([
    String.fromCodePoint(random.below(below)),
    random.oneOf([...'ßẞſKıİΣσςǅÅÅå\u3000\u00a0\u200b\u200d\u202e\ufeff\u0301\u0085']),
    random.oneOf([...'{}|*$@-~()[]\\"\'%:=>;.!?&#^`/_+<']),
  ])
}

/**
 * Stores a user with each value for a tag, and filters by each. Lists what is found beyond those whose tag is the same up
 * to ASCII case and the ASCII blanks around it, or not found of them; and what cannot be a tag, and is not refused.
 */
export async function compareTags(server: TestRedis, values: string[]): Promise<string[]> {
  const { true: tags = [], false: others = [] } = Object.groupBy(values, (value) => `${canBeTag(value)}`)
  const users = tags.map((value, i) => ({ id: String(i), tag: tagOf(value) }))
  const redis = server.pool()
  await redis.send(['FLUSHALL'])
  await provisionIndex({ redis, definition })
  for (const some of chunks([...tags.entries()], 5_000)) {
    const documents = some.map(([id, labels]) => JSON.stringify({ id, labels, vector_embedding: vector }))
    await Promise.all(
      documents.map((document, i) =>
        redis.send(jsonSetArgs(userKey(definition, String(some[i]?.[0])), Buffer.from(document))),
      ),
    )
  }

  const idsOf = Map.groupBy(users, ({ tag }) => tag)
  const own = { redis: server.pool('search-users'), definition }
  const deps = { ...own, readIndex: cacheIndexReading(own) }
  const wrong: string[] = []
  for (const some of chunks(tags, 20)) {
    const answers = await searchBatch(deps, some.map(requestFor))
    some.forEach((value, i) => {
      const expected = idsOf.get(tagOf(value))?.map(({ id }) => id)
      const answer = answers[i]
      const found = answer instanceof AppError ? [answer.code] : answer?.results.map(({ id }) => id)
      if (found?.toSorted().join() !== expected?.toSorted().join()) {
        wrong.push(`${JSON.stringify(value)}: expected ${expected}, found ${found}`)
      }
    })
  }
  for (const value of others) {
    const refused = await searchUsers(deps, requestFor(value)).then(() => 'an answer', toAppError)
    if (!(refused instanceof AppError && refused.code === 'FILTER_INVALID')) {
      wrong.push(`${JSON.stringify(value)}: expected FILTER_INVALID, got ${refused}`)
    }
  }
  return wrong
}

function requestFor(labels: string) {
  return { vector, k: 100, fields: [], includeVector: false, filter: { labels } }
}

/** RediSearch's equality: no other letter is folded, no other blank is cut off. */
function tagOf(value: string): string {
  return value.replace(BLANKS, '').replace(/[A-Z]/g, (letter) => letter.toLowerCase())
}

function canBeTag(value: string): boolean {
  return value.isWellFormed() && !/[\0,]/.test(value) && value.replace(BLANKS, '') !== ''
}

function chunks<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}
