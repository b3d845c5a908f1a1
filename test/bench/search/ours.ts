import { createClient } from 'redis'
import { handler } from '../../../functions/search-users.ts'
import { loadConfig } from '../../../lib/config.ts'
import { cacheIndexReading } from '../../../lib/index/index-reading-cache.ts'
import { parseFtSearch } from '../../../lib/redis/commands/ft-search.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import type { Command, Reply } from '../../../lib/redis/redis.ts'
import { searchUsers } from '../../../lib/search-users.ts'
import { toBytes } from '../../../lib/vector.ts'
import { httpEvent } from '../../support/http-event.ts'
import { makeCorpus } from './corpus.ts'
import { measure } from './measure.ts'
import { type Found, type OursResult, readInput, type Size, tellParent } from './processes.ts'

// A process of its own: what the handler logs goes to /dev/null, by way of the logger as it is deployed.

const { users, dimensions, count } = readInput<Size>()
const K = 10
const MANY = 100
const { queries } = makeCorpus(dimensions, users)
const config = loadConfig()
const context = { getRemainingTimeInMillis: () => 15_000 }
const client = createClient({ url: process.env.REDIS_URL ?? '', RESP: 3 })
await client.connect()

const commands = await Promise.all(queries.map((query) => commandFor(query, K)))
const commandsForMany = await Promise.all(queries.map((query) => commandFor(query, MANY)))
const wholeDocuments = commands.map(withoutReturn)
const manyWholeDocuments = commandsForMany.map(withoutReturn)
const atEf10 = commands.map((command) => command.with(command.indexOf('ef') + 1, '10'))
const base64 = queries.map((query) => eventFor(toBytes(query).toString('base64'), K))
const base64ForMany = queries.map((query) => eventFor(toBytes(query).toString('base64'), MANY))
const numbers = queries.map((query) => eventFor(Array.from(query), K))
const one = <T>(list: T[], i: number): T => {
  const found = list[i % list.length]
  if (found === undefined) throw new Error('Expected queries')
  return found
}
const send = (command: Command) => client.sendCommand<Reply>([...command])
const calls = {
  bare: (i: number) => send(one(commands, i)),
  base64: (i: number) => handler(one(base64, i), context),
  numbers: (i: number) => handler(one(numbers, i), context),
  wholeDocuments: (i: number) => send(one(wholeDocuments, i)),
  many: (i: number) => handler(one(base64ForMany, i), context),
  manyWholeDocuments: (i: number) => send(one(manyWholeDocuments, i)),
  ef10: (i: number) => send(one(atEf10, i)),
}

const found = await checkedAnswers()
const result: OursResult = {
  alone: await measure(calls, { count, concurrency: 1 }),
  eightAtOnce: await measure(calls, { count, concurrency: 8 }),
  command: typed(one(commands, 0)),
  found,
  foundAtEf10: await Promise.all(queries.map(async (_, i) => idsOf(await calls.ef10(i)))),
}
client.destroy()
tellParent(result)

/** The very command that a search sends. */
async function commandFor(query: Float32Array, k: number): Promise<Command> {
  const { definition, redis: settings } = config
  const redis = connectRedis(settings)
  const sent: Command[] = []
  const recording = {
    send: (command: Command) => {
      sent.push(command)
      return redis.send(command)
    },
  }
  const deps = { redis: recording, definition, readIndex: cacheIndexReading({ redis, definition }) }
  await searchUsers(deps, { vector: toBytes(query).toString('base64'), k, includeVector: false })
  await redis.close()
  const [command] = sent
  if (sent.length !== 1 || command === undefined) throw new Error(`Expected one command, got ${sent.length}`)
  return command
}

function withoutReturn(command: Command): Command {
  const at = command.indexOf('RETURN')
  return command.toSpliced(at, 2 + Number(command[at + 1]))
}

function eventFor(vector: string | number[], k: number) {
  return httpEvent('POST /search', { body: JSON.stringify({ vector, k }) })
}

/** Nothing is timed that does not answer right. */
async function checkedAnswers(): Promise<Found> {
  const found: Found = []
  for (let i = 0; i < queries.length; i++) {
    const expected = idsOf(await calls.bare(i))
    for (const call of [calls.base64, calls.numbers]) {
      const { results } = JSON.parse(String((await call(i)).body))
      const ids = results.map(({ id }: { id: string }) => id)
      if (ids.toSorted().join() !== expected.toSorted().join())
        throw new Error(`Query ${i}: expected ${expected}, got ${ids}`)
    }
    found.push(expected)
  }
  return found
}

function idsOf(reply: Reply): string[] {
  return parseFtSearch(reply).rows.map(({ key }) => key.slice(config.definition.prefix.length))
}

function typed(command: Command): string {
  return command.map((argument) => (typeof argument === 'string' ? argument : '…')).join(' ')
}
