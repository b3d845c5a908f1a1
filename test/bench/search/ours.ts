import { createClient } from 'redis'
import { handler } from '../../../functions/search-users.ts'
import { loadConfig } from '../../../lib/config.ts'
import { cacheIndexReading } from '../../../lib/index/index-reading-cache.ts'
import { parseFtSearch } from '../../../lib/redis/commands/ft-search.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { Command, Reply } from '../../../lib/redis/redis.ts'
import { EF_RUNTIME } from '../../../lib/search/how-to-walk.ts'
import { searchUsers } from '../../../lib/search-users.ts'
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
const client = createClient({ url: process.env.REDIS_URL ?? '', RESP: 3 })
await client.connect()
const redis = connectRedis(settings, { onlyReads: true })
// As the handler has them.
const deps = { redis, definition, readIndex: cacheIndexReading({ redis, definition }) }

const commands = await Promise.all(queries.map((query) => commandFor(query, K)))
// As the peers are asked: numbers are what @langchain/redis takes, and its index has one EF_RUNTIME for all.
const requests = queries.map((query) => ({
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
const bare = (i: number) => send(one(commands, i))
const library = (i: number) => searchUsers(deps, one(requests, i))

answerParent(({ what, count }) => (what === 'handler' ? timeHandler(count) : timeLibrary(count)))

let foundByLibrary: Found | undefined

async function timeLibrary(count: number): Promise<Round> {
  if (foundByLibrary === undefined) {
    foundByLibrary = await checkedAnswers([async (i) => (await library(i)).results])
    await warmUp({ bare, library })
  }
  const found = foundByLibrary
  return { times: await timeCalls({ bare, library }, { count, concurrency: 1 }), found }
}

async function timeHandler(count: number): Promise<HandlerResult> {
  const commandsForMany = await Promise.all(queries.map((query) => commandFor(query, MANY)))
  const wholeDocuments = commands.map(withoutReturn)
  const manyWholeDocuments = commandsForMany.map(withoutReturn)
  const atEf10 = commands.map((command) => command.with(command.indexOf('ef') + 1, '10'))
  const base64 = queries.map((query) => eventFor(toBytes(query).toString('base64'), K))
  const base64ForMany = queries.map((query) => eventFor(toBytes(query).toString('base64'), MANY))
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
  const answers = [calls.base64, calls.numbers].map((call) => async (i: number) => {
    return JSON.parse(String((await call(i)).body)).results
  })
  const found = await checkedAnswers(answers)
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
async function commandFor(query: Float32Array, k: number): Promise<Command> {
  const sent: Command[] = []
  const recording = {
    send: (command: Command) => {
      sent.push(command)
      return redis.send(command)
    },
  }
  await searchUsers({ ...deps, redis: recording }, requestFor(query, k))
  const [command] = sent
  if (sent.length !== 1 || command === undefined) throw new Error(`Expected one command, got ${sent.length}`)
  return command
}

function requestFor(query: Float32Array, k: number) {
  return { vector: toBytes(query).toString('base64'), k, includeVector: false }
}

function withoutReturn(command: Command): Command {
  const at = command.indexOf('RETURN')
  return command.toSpliced(at, 2 + Number(command[at + 1]))
}

function eventFor(vector: string | number[], k: number) {
  return httpEvent('POST /search', { body: JSON.stringify({ vector, k }) })
}

/** Nothing is timed that does not answer right. */
async function checkedAnswers(calls: ((i: number) => Promise<{ id: string }[]>)[]): Promise<Found> {
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
