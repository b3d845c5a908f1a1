import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { defineIndex } from '../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../lib/index-definition.ts'
import { provisionIndex } from '../../lib/provisioning/provision-index.ts'
import { aclUserName, type Role } from '../../lib/redis/acl.ts'
import type { RedisPool } from '../../lib/redis/redis.ts'
import { bikeShop, connectTo } from '../support/bike-shop.ts'
import { canaryFile, canarySearches } from '../support/canary-data.ts'
import { httpEvent } from '../support/http-event.ts'
import { startImport } from '../support/import-environment.ts'
import { type Invocation, type LambdaEnvironment, startEnvironment } from '../support/lambda-environment.ts'
import { canary, findLeaks } from '../support/leaks.ts'
import { useRedis } from '../support/redis.ts'
import { proxyTo } from '../support/search-environment.ts'
import { serveSecrets } from '../support/secrets.ts'
import type { ToxicProxy } from '../support/toxic-proxy.ts'

// Every environment's output is looked through when its test ends (test/support/lambda-environment.ts).
describe('no log shows a password, a record, a vector or a filter', () => {
  const bare = defineIndex(INDEX_DEFINITION, { name: 'idx:bare' })
  const redis = useRedis({ password: canary.password, others: [bare] })
  let admin: RedisPool
  beforeAll(async () => {
    admin = connectTo(redis.server)
    await provisionIndex({ redis: admin, definition: bikeShop })
    return () => admin.close()
  })
  /** What an environment of the function has. */
  type EnvOf = (role: Role) => Record<string, string>
  const at =
    (port: number, password = canary.password): EnvOf =>
    (role) => ({ REDIS_URL: `redis://${aclUserName(role)}:${password}@127.0.0.1:${port}` })
  const env: EnvOf = (role) => at(redis.server.port)(role)

  const search = (envOf: EnvOf) =>
    startEnvironment({ functionName: 'search-users', env: envOf('search-users') })

  /** What canaries can be brought into, one after the other. */
  async function useAll(envOf: EnvOf): Promise<string[]> {
    const searching = await search(envOf)
    const importing = await startImport({
      AWS_SECRET_ACCESS_KEY: canary.password,
      ...envOf('import-users'),
    })
    const outcomes = await searchAll(searching)
    outcomes.push(codeOf(await importing.invoke(await importing.upload(canaryFile))))
    for (const { output } of [searching, importing]) expect(output()).toContain('"level"')
    return outcomes
  }

  it('when all is well but for the records and the requests', async () => {
    for (const [functionName, route] of [
      ['provision-index', 'PUT /index'],
      ['provision-index', 'GET /index'],
      ['health', 'GET /health'],
    ] as const) {
      const { invoke } = await startEnvironment({ functionName, env: env(functionName) })
      expect(codeOf(await invoke(httpEvent(route)))).toBe('200')
    }
    for (const functionName of ['provision-index', 'check-index'] as const) {
      const { invoke } = await startEnvironment({ functionName, env: env(functionName) })
      expect((await invoke({})).error).toBeUndefined()
    }
    const importing = await startImport(env('import-users'))
    const { result } = await importing.invoke(await importing.upload(canaryFile))
    expect(result).toEqual([expect.objectContaining({ state: 'PARTIAL', written: 600 })])
    expect(await searchAll(await search(env))).toEqual(expect.arrayContaining(['200', '400', '404']))
  })

  it('when the password is wrong', async () => {
    const wrong = at(redis.server.port, 'canary-wrong')
    expect(await useAll(wrong)).toEqual(expect.arrayContaining(['500', 'REDIS_REFUSED']))
  })

  it.each<[string, (role: Role) => string]>([
    ['of another protocol', () => `ftp://shop:${canary.password}@127.0.0.1`],
    ['wrongly escaped', (role) => `redis://${aclUserName(role)}:${canary.password}%@127.0.0.1`],
    ['empty', () => ''],
  ])('when the URL is %s', async (_, wrong) => {
    expect(await useAll((role) => ({ REDIS_URL: wrong(role) }))).toEqual(
      expect.arrayContaining(['500', 'CONFIG_INVALID']),
    )
  })

  it('when a gateway that holds the token is down', async () => {
    const gateway = `http://:${canary.password}@127.0.0.1:1`
    expect(await useAll(() => ({ REDIS_URL: gateway }))).toEqual(
      expect.arrayContaining(['503', 'TRANSPORT_UNSUPPORTED']),
    )
  })

  it('when a parameter holds the URL, or nothing of use, or is not there', async () => {
    const { values, url: secrets } = await serveSecrets()
    Object.assign(values, { '/right': env('search-users').REDIS_URL, '/wrong': canary.password })
    const from = (REDIS_URL_PARAMETER: string) => () => ({
      REDIS_URL_PARAMETER,
      AWS_ENDPOINT_URL_SSM: secrets,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: canary.password,
    })
    expect(await searchAll(await search(from('/right')))).toContain('200')
    expect(await searchAll(await search(from('/wrong')))).toContain('500')
    expect(await searchAll(await search(from('/none')))).toContain('503')
  })

  it('when Redis is down', async () => {
    const { proxy } = await proxyTo(redis.server)
    await proxy.close()
    expect(await useAll(at(proxy.port))).toEqual(expect.arrayContaining(['503', 'REDIS_UNAVAILABLE']))
  })

  it('when Redis is out of memory', async () => {
    await admin.send(['CONFIG', 'SET', 'maxmemory', '1mb'])
    onTestFinished(() => void admin.send(['CONFIG', 'SET', 'maxmemory', '0']))
    expect(await useAll(env)).toContain('REDIS_BUSY')
  })

  it('when the index knows no such field, and Redis says so in its own words', async () => {
    await admin.send([
      'FT.CREATE',
      'idx:bare:v1',
      'ON',
      'JSON',
      'PREFIX',
      '1',
      'user:',
      'SCHEMA',
      '$.other',
      'AS',
      'other',
      'TAG',
    ])
    await admin.send(['FT.ALIASADD', 'idx:bare', 'idx:bare:v1'])
    const definition = { INDEX_DEFINITION: JSON.stringify({ name: bare.name }) }
    expect(await useAll((role) => ({ ...env(role), ...definition }))).toContain('500')
  })

  it.each<[string, (proxy: ToxicProxy) => Promise<void>]>([
    ['reset_peer', (proxy) => proxy.toxic('reset_peer', { timeout: 5 })],
    ['timeout of 20 ms', (proxy) => proxy.toxic('timeout', { timeout: 20 })],
    ['limit_data of 3 KB', (proxy) => proxy.toxic('limit_data', { bytes: 3_000 })],
    ['latency of 5 s', (proxy) => proxy.toxic('latency', { latency: 5_000 })],
    ['slicer', (proxy) => proxy.toxic('slicer', { average_size: 10, size_variation: 5 })],
  ])('under %s', async (_name, switchOn) => {
    const { proxy } = await proxyTo(redis.server)
    const searching = await search(at(proxy.port))
    const importing = await startImport(at(proxy.port)('import-users'))
    expect(await searchAll(searching, canarySearches.slice(0, 3))).toEqual(['200', '200', '200'])
    const event = await importing.upload(canaryFile)
    await switchOn(proxy)
    await searchAll(searching, canarySearches.slice(0, 4), 1_000)
    await importing.invoke(event, { timeoutMs: 6_000 })
  })

  it('and one that does is found', async () => {
    const leaking = await startEnvironment({
      functionName: '../test/support/functions/leaks',
      mayLeak: true,
    })
    const plain = await leaking.invoke({ routeKey: 'POST /search' })
    expect(plain.error).toBeUndefined()
    expect(leaking.output()).toContain('POST /search')
    expect(findLeaks(leaking.output())).toEqual([])
    await leaking.invoke(canarySearches[0])
    expect(findLeaks(leaking.output())).not.toEqual([])
  })
})

async function searchAll(
  { invoke }: LambdaEnvironment,
  events = canarySearches,
  timeoutMs?: number,
): Promise<string[]> {
  const outcomes: string[] = []
  for (const event of events) {
    outcomes.push(codeOf(await invoke(event, timeoutMs === undefined ? {} : { timeoutMs })))
  }
  return outcomes
}

/** The status of an answer, or the code of what was thrown. */
function codeOf({ result, error }: Invocation): string {
  if (error !== undefined) return error.slice(0, error.indexOf(':'))
  return typeof result === 'object' && result !== null && 'statusCode' in result
    ? String(result.statusCode)
    : 'done'
}
