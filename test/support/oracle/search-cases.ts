import * as v from 'valibot'
import type { IndexDefinition } from '../../../lib/definition.ts'
import { AppError } from '../../../lib/errors.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { searchRequestSchema } from '../../../lib/search/search-request.ts'
import { searchBatch } from '../../../lib/search/search-users.ts'
import { storageOf } from '../../../lib/storage/storage-of.ts'
import { userKey } from '../../../lib/users/user-record.ts'
import { type Random, seeded } from '../random.ts'
import type { TestRedis } from '../redis.ts'
import { disagreement, truthOf } from './truth.ts'
import { randomDefinition, randomQuery, randomWorld, type World } from './world.ts'

const CASES_OF_A_WORLD = 20

interface Cases {
  storage: IndexDefinition['storage']
  seed: number
  count: number
}

/**
 * Compares that many searches with brute force, twenty in each of as many worlds as it takes, and lists what differs.
 * World i has the seed `seed + i`, so that one that fails can be run alone.
 */
export async function compareWithOracle(
  server: TestRedis,
  { storage, seed, count }: Cases,
): Promise<string[]> {
  const failures: string[] = []
  for (let i = 0; i < count / CASES_OF_A_WORLD; i++) {
    const random = seeded(seed + i)
    const world = randomWorld(random, randomDefinition(random, storage))
    const wrong = await compareWorld(server, random, world)
    failures.push(...wrong.map((text) => `SEARCH_SEED=${seed + i}: ${text}`))
  }
  return failures
}

async function compareWorld(server: TestRedis, random: Random, world: World): Promise<string[]> {
  const redis = server.pool()
  const { definition } = world
  await redis.send(['FLUSHALL'])
  await provisionIndex({ redis, definition })
  await Promise.all(
    world.users.flatMap(({ id, record }) =>
      storageOf(definition)
        .writeArgs(userKey(definition, id), record)
        .map((command) => redis.send(command)),
    ),
  )

  const cases = Array.from({ length: CASES_OF_A_WORLD }, () => randomCase(random, world))
  const schema = searchRequestSchema(definition, 1000)
  const requests = cases.map(({ query }) => v.parse(schema, query.request))
  const own = { redis: server.pool('search-users'), definition }
  const answers = await searchBatch({ ...own, readIndex: cacheIndexReading(own) }, requests)
  return cases.flatMap(({ query, truth }, i) => {
    const answer = answers[i]
    const wrong =
      answer === undefined || answer instanceof AppError
        ? `${answer?.code}`
        : disagreement(truth, query, answer)
    return wrong === undefined
      ? []
      : [
          `${wrong}: ${JSON.stringify(query.request)} (${definition.storage}, ${JSON.stringify(definition.vector)})`,
        ]
  })
}

/** A query with a direction. */
function randomCase(random: Random, world: World) {
  for (;;) {
    const query = randomQuery(random, world)
    const truth = truthOf(world, query)
    if (truth !== undefined) return { query, truth }
  }
}
