import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { AppError } from '../../../lib/errors.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { searchBatch } from '../../../lib/search/search-users.ts'
import { type Random, seeded } from '../random.ts'
import type { TestRedis } from '../redis.ts'
import { writeUsers } from '../write-users.ts'
import { filterDefinition, type OracleUser, randomFilter, randomUser } from './world.ts'

export interface FilterCases {
  storage: IndexDefinition['storage']
  seed: number
  users: number
  queries: number
}

const QUERIES_A_BATCH = 20
const QUERIES_BETWEEN_CHANGES = 200

/**
 * Compares filters with a test of each user in plain code, and lists what differs. Between the queries, users are
 * updated, deleted and stored again. The definition is that of the seed, with several fields of each type.
 */
export async function compareFilters(
  server: TestRedis,
  { storage, seed, users: count, queries }: FilterCases,
): Promise<string[]> {
  const random = seeded(seed)
  const definition = filterDefinition(random, storage)
  await server.pool().send(['FLUSHALL'])
  await provisionIndex({ redis: server.pool(), definition })
  const users = new Map<string, OracleUser>()
  const failures: string[] = []
  const everyId = Array.from({ length: count }, (_, i) => String(i))
  failures.push(...(await changeUsers(server, random, definition, users, everyId)))
  for (let asked = 0; asked < queries; asked += QUERIES_A_BATCH) {
    if (asked % QUERIES_BETWEEN_CHANGES === 0 && asked > 0) {
      const some = Array.from({ length: Math.ceil(count / 20) }, () => random.oneOf(everyId))
      failures.push(...(await changeUsers(server, random, definition, users, [...new Set(some)])))
    }
    failures.push(...(await compareBatch(server, random, definition, users)))
    if (failures.length > 20) break
  }
  return failures.map((text) => `FILTER_SEED=${seed}: ${text} (${storage})`)
}

/** Writes each of these users again, or deletes the user. A user that did not change must count as unchanged. */
async function changeUsers(
  server: TestRedis,
  random: Random,
  definition: IndexDefinition,
  users: Map<string, OracleUser>,
  ids: readonly string[],
): Promise<string[]> {
  const records = ids.map((id) => {
    const user =
      random.below(5) > 0 ? randomUser(random, definition, id, () => random.between(-1, 1)) : undefined
    if (user === undefined) users.delete(id)
    else users.set(id, user)
    return user === undefined ? { id, deleted: true } : user.record.document.toString()
  })
  const redis = server.pool('import-users')
  const { written, searchable, refused } = await writeUsers(redis, definition, records)
  const alive = ids.filter((id) => users.has(id)).length
  const again = await writeUsers(redis, definition, records)
  return [
    ...(searchable === written && refused.length === 0 ? [] : [`${searchable} of ${written} are searchable`]),
    ...(again.unchanged === alive ? [] : [`${again.unchanged} of ${alive} are unchanged`]),
  ]
}

async function compareBatch(
  server: TestRedis,
  random: Random,
  definition: IndexDefinition,
  users: ReadonlyMap<string, OracleUser>,
): Promise<string[]> {
  const filters = Array.from({ length: QUERIES_A_BATCH }, () => randomFilter(random, definition, 3))
  const requests = filters.map(({ json }) => ({
    vector: [random.between(-1, 1), random.between(-1, 1)],
    k: random.oneOf([1000, 1000, 1 + random.below(30)]),
    filter: json,
    fields: [],
    includeVector: false,
    ...(random.below(3) === 0 && { exact: true }),
  }))
  const own = { redis: server.pool('search-users'), definition }
  const answers = await wholeAnswers({ ...own, readIndex: cacheIndexReading(own) }, requests)
  return filters.flatMap(({ json, passes }, i) => {
    const answer = answers[i]
    const k = requests[i]?.k ?? 0
    const expected = [...users.values()].filter(passes).map(({ id }) => id)
    const wrong =
      answer === undefined || answer instanceof AppError
        ? `${answer?.code} ${answer?.message}`
        : difference(
            expected,
            answer.results.map(({ id }) => id),
            k,
          )
    return wrong === undefined ? [] : [`${wrong}: ${JSON.stringify(json)}`]
  })
}

/** On a busy machine Redis may run out of time, and says so: the searches are sent again. */
async function wholeAnswers(
  ...[deps, requests]: Parameters<typeof searchBatch>
): ReturnType<typeof searchBatch> {
  for (;;) {
    const answers = await searchBatch(deps, requests)
    const isCut = (answer: (typeof answers)[number]) => !(answer instanceof AppError) && !answer.complete
    if (!answers.some(isCut)) return answers
  }
}

function difference(expected: readonly string[], found: readonly string[], k: number): string | undefined {
  const [wanted, got] = [new Set(expected), new Set(found)]
  const [extra] = found.filter((id) => !wanted.has(id))
  if (extra !== undefined) return `${extra} is found, and does not match`
  if (found.length === Math.min(k, expected.length)) return undefined
  const missing = expected.filter((id) => !got.has(id))
  return `${found.length} of ${expected.length} are found with k ${k}, without ${missing[0]}`
}

export function anyDefinition(storage: IndexDefinition['storage']): IndexDefinition {
  return defineIndex(filterDefinition(seeded(1), storage))
}
