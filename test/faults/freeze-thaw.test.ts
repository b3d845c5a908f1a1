import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RedisServer } from '../../dev/redis/start.ts'
import type { UrlOf } from '../../dev/redis/users.ts'
import { indexStatus } from '../../lib/index-state/index-status.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { bikeShop, connectTo, store } from '../support/bike-shop.ts'
import { distribution, percentile } from '../support/distribution.ts'
import { type Random, seeded } from '../support/random.ts'
import { startWithUsers, useRedis } from '../support/redis.ts'
import {
  BUDGET_MS,
  proxyTo,
  type SearchEnvironment,
  type Searched,
  startSearch,
} from '../support/search-environment.ts'
import { temporaryFolder } from '../support/stack.ts'
import type { ToxicProxy } from '../support/toxic-proxy.ts'

const seed = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 1e9))
const SLACK_MS = 100
/** The connection is asked whether it is alive when it was silent for longer, and has so long to answer. */
const PROBED_AFTER_MS = 1_000
const PROBE_MS = 250

/** What happens to a connection while its environment is frozen. */
const fates = {
  nothing: async () => {},
  FIN: (proxy: ToxicProxy) => proxy.toxic('timeout', { timeout: 1 }, { only: 'existing' }),
  RST: (proxy: ToxicProxy) => proxy.toxic('reset_peer', { timeout: 0 }, { only: 'existing' }),
  'black hole': (proxy: ToxicProxy) => proxy.toxic('timeout', { timeout: 0 }, { only: 'existing' }),
  'late answers': (proxy: ToxicProxy) =>
    proxy.toxic('latency', { latency: 700, jitter: 600 }, { only: 'existing', stream: 'downstream' }),
}

interface Cycle {
  fate: string
  frozenMs: number
  /** The ids of the right answers. */
  asked: [string, string]
  first: Searched
  second: Searched
}

describe('an environment that is frozen and thawed', () => {
  const redis = useRedis()
  beforeAll(() => storeCircle(redis.server))

  it('is well at its next invocation, 1,000 times, whatever happened to its connection meanwhile', async () => {
    const environments = await Promise.all(Array.from({ length: 8 }, () => environmentBehind(redis)))
    const cycles = await cyclesOf(environments, 125, async ({ proxy }, { oneOf }) => {
      const [name, happen] = oneOf(Object.entries(fates))
      await happen(proxy)
      return name
    })
    expect(cycles.length).toBe(1_000)
    expectRightAnswers(cycles)

    // What a socket can hear of costs a new connection, what it cannot costs a probe, or the deadline.
    const noticeable = cycles.filter((cycle) => !isSilent(cycle))
    expect(noticeable.filter(isError)).toEqual([])
    expect(percentile(timesOf(noticeable), 0.9)).toBeLessThan(SLACK_MS)
    const probed = cycles.filter((cycle) => cycle.fate === 'black hole' && isProbed(cycle))
    expect(probed.filter(isError)).toEqual([])
    expect(percentile(timesOf(probed), 0.9)).toBeLessThan(PROBE_MS + SLACK_MS)
    expect(percentile(timesOf(cycles), 0.99)).toBeLessThan(BUDGET_MS + SLACK_MS)
  })

  it('is well at its next invocation when Redis was killed meanwhile and is back, 60 times', async () => {
    const environments = await Promise.all([environmentWithOwnRedis(), environmentWithOwnRedis()])
    const cycles = await cyclesOf(environments, 30, async ({ restart }) => {
      await restart()
      return 'Redis restarted'
    })
    expectRightAnswers(cycles)
    expect(cycles.filter(isError)).toEqual([])
    expect(percentile(timesOf(cycles), 0.9)).toBeLessThan(SLACK_MS)
  })
})

interface Environment extends SearchEnvironment {
  proxy: ToxicProxy
  /** Searches for the user at that degree. */
  ask(degree: number): Promise<Searched>
}

async function environmentBehind({ urlOf }: { urlOf: UrlOf }): Promise<Environment> {
  const { proxy, url } = await proxyTo({ url: urlOf('search-users') })
  const environment = await startSearch({ REDIS_URL: url })
  const ask = (degree: number) => environment.search({ vector: onCircle(degree), k: 1 })
  for (let i = 0; i < 20; i++) await ask(i)
  return { ...environment, proxy, ask }
}

/** Its Redis is killed and comes back with its data. */
async function environmentWithOwnRedis() {
  const options = { dir: await temporaryFolder(), appendonly: true, password: 'hunter2' }
  let { server, urlOf } = await startWithUsers(options)
  onTestFinished(() => server.stop())
  await storeCircle(server)
  const restart = async () => {
    await server.kill()
    ;({ server, urlOf } = await startWithUsers({ ...options, port: server.port }))
    await isReady(server)
    return 'Redis restarted'
  }
  return { ...(await environmentBehind({ urlOf })), restart }
}

/** Freezes and thaws the environments side by side, so many times each. */
async function cyclesOf<E extends Environment>(
  environments: E[],
  count: number,
  happen: (environment: E, random: Random) => Promise<string>,
): Promise<Cycle[]> {
  console.log(`FAULTS_SEED=${seed}`)
  const lanes = environments.map(async (environment, lane) => {
    const random = seeded(seed + lane)
    const cycles: Cycle[] = []
    while (cycles.length < count) cycles.push(await cycleOf(environment, random, happen))
    return cycles
  })
  const cycles = (await Promise.all(lanes)).flat()
  console.log(tableOf(cycles))
  return cycles
}

async function cycleOf<E extends Environment>(
  environment: E,
  random: Random,
  happen: (environment: E, random: Random) => Promise<string>,
): Promise<Cycle> {
  const { freeze, thaw, ask, proxy } = environment
  const [one, other] = [random.below(360), random.below(360)]
  const restMs = random.below(10) < 7 ? random.between(5, 300) : random.between(1_150, 1_500)
  const frozenAt = performance.now()
  freeze()
  const fate = await happen(environment, random)
  await sleep(restMs)
  const frozenMs = performance.now() - frozenAt
  thaw()
  const first = await ask(one)
  // What is late arrives now, at whoever still listens.
  await proxy.clear()
  return { fate, frozenMs, asked: [String(one), String(other)], first, second: await ask(other) }
}

/** Nobody is given the answer to somebody else's question, and the second invocation is as if nothing had been. */
function expectRightAnswers(cycles: Cycle[]): void {
  const isRight = ({ outcome }: Searched, id: string) => Array.isArray(outcome) && outcome.join() === id
  expect(cycles.filter((cycle) => !isError(cycle) && !isRight(cycle.first, cycle.asked[0]))).toEqual([])
  expect(cycles.filter(({ asked, second }) => !isRight(second, asked[1]))).toEqual([])
  const secondTimes = cycles.map(({ second }) => second.ms)
  expect(percentile(secondTimes, 0.9)).toBeLessThan(SLACK_MS)
}

/** Users around the vertical axis, a degree apart: each vector has one nearest user, whose id is its degree. */
function onCircle(degree: number): number[] {
  const angle = (degree * Math.PI) / 180
  return [Math.cos(angle), Math.sin(angle), 1]
}

async function storeCircle(server: RedisServer): Promise<void> {
  const redis = connectTo(server)
  await provisionIndex({ redis, definition: bikeShop })
  const users = Array.from({ length: 360 }, (_, i) => [`user:${i}`, { vector_embedding: onCircle(i) }])
  await store(redis, Object.fromEntries(users))
  await redis.close()
}

async function isReady(server: RedisServer): Promise<void> {
  const redis = connectTo(server)
  await expect.poll(async () => (await indexStatus({ redis, definition: bikeShop })).state).toBe('ready')
  await redis.close()
}

const isSilent = ({ fate }: Cycle) => fate === 'black hole' || fate === 'late answers'
const isProbed = ({ frozenMs }: Cycle) => frozenMs > PROBED_AFTER_MS + SLACK_MS
const isError = ({ first }: Cycle) => !Array.isArray(first.outcome)
const timesOf = (cycles: Cycle[]) => cycles.map(({ first }) => first.ms)

/** The figures of docs/reliability.md. */
function tableOf(cycles: Cycle[]): string {
  const rows = Object.entries(
    Object.groupBy(
      cycles,
      (cycle) => cycle.fate + (isSilent(cycle) && isProbed(cycle) ? ', after more than a second' : ''),
    ),
  ).map(([fate, those = []]) => {
    const errors = those.filter(isError).length
    return `${fate}: ${those.length} cycles, ${errors} clean errors, first call ${distribution(timesOf(those))}`
  })
  const seconds = distribution(cycles.map(({ second }) => second.ms))
  return [...rows, `second call of all: ${seconds}`].join('\n')
}
