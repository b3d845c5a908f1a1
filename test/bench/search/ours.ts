import { createClient } from 'redis'
import { handler } from '../../../functions/search-users.ts'
import { loadConfig } from '../../../lib/config.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { parseFtSearch } from '../../../lib/redis/commands/ft-search.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { Command, Reply } from '../../../lib/redis/redis.ts'
import type { SearchRequest } from '../../../lib/search/search-request.ts'
import { EF_RUNTIME } from '../../../lib/search/search-strategy.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { toBytes } from '../../../lib/vector.ts'
import { httpEvent } from '../../support/http-event.ts'
import { makeCorpus } from './corpus.ts'
import { measure, timeCalls, warmUp } from './measure.ts'
import {
  answerParent,
  type Found,
  type HandlerResult,
  type Round,
  readInput,
  type Size,
} from './processes.ts'

// A process of its own: what the handler logs goes to /dev/null, by way of the logger as it is deployed.

const { users, dimensions } = readInput<Size>()
const K = 10
const MANY = 100
const { queries } = makeCorpus(dimensions, users)
const { definition, redis: settings } = loadConfig()
const context = { getRemainingTimeInMillis: () => 15_000 }
// As ours: node-redis' own timeout, and its notices of maintenance, would be time that a search does not take.
const client = createClient({
  url: process.env.REDIS_URL ?? '',
  RESP: 3,
  commandOptions: { timeout: 0 },
  maintNotifications: 'disabled',
})
await client.connect()
const redis = connectRedis(settings, { onlyReads: true })
// As the handler has them.
const deps = { redis, definition, readIndex: cacheIndexReading({ redis, definition }) }

// As base64, at the EF_RUNTIME that is kept.
const asDeployed = (k: number) =>
  queries.map((query) => ({ vector: toBytes(query, 'FLOAT32').toString('base64'), k, includeVector: false }))
// As the peers are asked: numbers are what @langchain/redis takes, and its index has one EF_RUNTIME for all.
const asPeers = queries.map((query) => ({
  vector: Array.from(query),
  k: K,
  efRuntime: EF_RUNTIME,
  includeVector: false,
}))
const one = <T>(list: T[], i: number): T => {
  const found = list[i % list.length]
  if (found === undefined) throw new Error('Expected queries')
  return found
}
const send = (command: Command) => client.sendCommand<Reply>([...command])
const library = (i: number) => searchUsers(deps, one(asPeers, i))

answerParent(({ what, count }) => (what === 'handler' ? timeHandler(count) : timeLibrary(count)))

let warm: { found: Found; bare: (i: number) => Promise<Reply> } | undefined

async function timeLibrary(count: number): Promise<Round> {
  warm ??= await warmLibrary()
  const { found, bare } = warm
  return { times: await timeCalls({ bare, library }, { count, concurrency: 1 }), found }
}

async function warmLibrary() {
  const commands = await Promise.all(asPeers.map(commandFor))
  const bare = (i: number) => send(one(commands, i))
  const found = await checkedAnswers(bare, [async (i) => (await library(i)).results])
  await warmUp({ bare, library })
  return { found, bare }
}

async function timeHandler(count: number): Promise<HandlerResult> {
  const commands = await Promise.all(asDeployed(K).map(commandFor))
  const commandsForMany = await Promise.all(asDeployed(MANY).map(commandFor))
  const bare = (i: number) => send(one(commands, i))
  const wholeDocuments = commands.map(withoutReturn)
  const manyWholeDocuments = commandsForMany.map(withoutReturn)
  const atEf10 = commands.map(withEf10)
  const base64 = queries.map((query) => eventFor(toBytes(query, 'FLOAT32').toString('base64'), K))
  const base64ForMany = queries.map((query) => eventFor(toBytes(query, 'FLOAT32').toString('base64'), MANY))
  const numbers = queries.map((query) => eventFor(Array.from(query), K))
  const calls = {
    bare,
    base64: (i: number) => handler(one(base64, i), context),
    numbers: (i: number) => handler(one(numbers, i), context),
    ef10: (i: number) => send(one(atEf10, i)),
  }
  // Apart: their garbage is collected when it is another's turn.
  const large = {
    wholeDocuments: (i: number) => send(one(wholeDocuments, i)),
    many: (i: number) => handler(one(base64ForMany, i), context),
    manyWholeDocuments: (i: number) => send(one(manyWholeDocuments, i)),
  }
  const resultsOf = (call: typeof calls.base64) => async (i: number) =>
    JSON.parse(String((await call(i)).body)).results
  const found = await checkedAnswers(bare, [calls.base64, calls.numbers].map(resultsOf))
  await checkedAnswers((i) => send(one(commandsForMany, i)), [resultsOf(large.many)])
  await warmUp(calls)
  const measureAll = async (concurrency: number) => ({
    ...(await measure(calls, { count, concurrency })),
    ...(await measure(large, { count, concurrency })),
  })
  return {
    alone: await measureAll(1),
    eightAtOnce: await measureAll(8),
    command: typed(one(commands, 0)),
    found,
    foundAtEf10: await Promise.all(queries.map(async (_, i) => idsOf(await calls.ef10(i)))),
  }
}

/** The very command that a search sends. */
async function commandFor(request: SearchRequest): Promise<Command> {
  const sent: Command[] = []
  const recording = {
    send: (command: Command) => {
      sent.push(command)
      return redis.send(command)
    },
  }
  await searchUsers({ ...deps, redis: recording }, request)
  const [command] = sent
  if (sent.length !== 1 || command === undefined) throw new Error(`Expected one command, got ${sent.length}`)
  return command
}

function withEf10(command: Command): Command {
  const at = command.indexOf('ef')
  if (at < 0) throw new Error('Expected a walk through HNSW')
  return command.with(at + 1, '10')
}

function withoutReturn(command: Command): Command {
  const at = command.indexOf('RETURN')
  return command.toSpliced(at, 2 + Number(command[at + 1]))
}

function eventFor(vector: string | number[], k: number) {
  return httpEvent('POST /search', { body: JSON.stringify({ vector, k }) })
}

/** Nothing is timed that does not answer right. */
async function checkedAnswers(
  bare: (i: number) => Promise<Reply>,
  calls: ((i: number) => Promise<{ id: string }[]>)[],
): Promise<Found> {
  const found: Found = []
  for (let i = 0; i < queries.length; i++) {
    const expected = idsOf(await bare(i))
    for (const call of calls) {
      const ids = (await call(i)).map(({ id }) => id)
      if (ids.toSorted().join() !== expected.toSorted().join())
        throw new Error(`Query ${i}: expected ${expected}, got ${ids}`)
    }
    found.push(expected)
  }
  return found
}

function idsOf(reply: Reply): string[] {
  return parseFtSearch(reply).rows.map(({ key }) => key.slice(definition.prefix.length))
}

function typed(command: Command): string {
  return command.map((argument) => (typeof argument === 'string' ? argument : '…')).join(' ')
}
