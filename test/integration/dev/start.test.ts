import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { localTarget } from '../../../dev/cli/target.ts'
import { isRunning } from '../../../dev/process-name.mjs'
import { python } from '../../../dev/python.ts'
import { findRedis } from '../../../dev/redis/find.ts'
import { freePort, startRedis } from '../../../dev/redis/start.ts'
import type { StackAddresses } from '../../../dev/stack.ts'
import { importId } from '../../../lib/import/import-report.ts'
import type { ShownImport } from '../../../lib/import/import-report-schema.ts'
import type { IndexStatus } from '../../../lib/index-state/index-status-schema.ts'
import type { SearchAnswer } from '../../../lib/search/search-answer-schema.ts'
import { connectTo, storeBikeShop } from '../../support/bike-shop.ts'
import { certificateFor } from '../../support/certificates.ts'
import { startPlainRedis } from '../../support/plain-redis.ts'
import { startGateway, startUpstash } from '../../support/rest-gateway.ts'
import {
  isAlive,
  type RunningStack,
  request,
  root,
  run,
  search,
  start,
  temporaryFolder,
} from '../../support/stack.ts'
import { launch } from '../../support/stack-process.ts'
import { behindTls } from '../../support/tls-front.ts'

const vector = [0.9, 0.7, 0.2]
const idsOf = ({ body }: { body: SearchAnswer }) => body.results.map(({ id }) => id)
const redisOf = async ({ redisUrl }: Pick<StackAddresses, 'redisUrl'>) => {
  const client = createClient({ url: redisUrl }).on('error', () => {})
  await client.connect()
  onTestFinished(() => client.destroy())
  return client
}
const pidOfRedis = async (stack: Pick<StackAddresses, 'redisUrl'>) => {
  const info = await (await redisOf(stack)).info('server')
  return Number(/process_id:(\d+)/.exec(info)?.[1])
}

const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
const tryUrl = ({ output }: RunningStack) => /try (http\S+)/.exec(output())?.[1] ?? 'none'
const exampleOf = ({ output }: RunningStack) => /npm run search -- (.*)\n/.exec(output())?.[1] ?? 'none'
/** Runs the printed search in a shell, and gives what it prints. */
const runExample = async (stack: RunningStack) => {
  const command = `"${process.execPath}" dev/cli/search.ts ${exampleOf(stack)}`
  const env = { ...process.env, DATA_DIR: stack.dataDir }
  return (await promisify(execFile)('sh', ['-c', command], { cwd: root, env })).stdout
}

/** The holder of the lock of DATA_DIR says so in a file of this name. */
const hasAnnouncedEnd = async (dataDir: string) => {
  const names = await readdir(join(dataDir, 'start'), { recursive: true }).catch(() => [])
  return names.some((name) => name.endsWith('/ending'))
}

describe('npm start', { timeout: 60_000 }, () => {
  it('takes the bike shop from a file to an answer, and serves', async () => {
    const dataDir = await temporaryFolder()
    await chmod(dataDir, 0o755)
    const stack = await start({ DATA_DIR: dataDir })
    for (const part of ['', 's3', 'redis'])
      expect((await stat(join(dataDir, part))).mode & 0o777, part).toBe(0o700)
    expect(stack.output()).toContain('COMPLETED, 4 users written')
    expect(await request(tryUrl(stack), '')).toMatchObject({ status: 200 })
    expect(await runExample(stack)).toContain('2 users in')
    expect(stack.output()).toMatch(/│ 1 +│ 5\.96046448e-8 [\s\S]*│ 2 +│ 0\.0339003205 /)

    const found = await search(stack, { vector, k: 2 })
    expect(found).toMatchObject({
      status: 200,
      body: { results: [{ id: '1' }, { id: '2', distance: 0.0339003205299 }], complete: true },
    })
    expect(found.body.results[0]?.distance).toBeCloseTo(5.96e-8, 10)
    expect(idsOf(await search(stack, { vector: 'ZmZmPzMzMz/NzEw+', k: 2 }))).toEqual(['1', '2'])
    expect(idsOf(await search(stack, { vector, filter: { labels: 'road' } }))).toEqual(['4'])
    expect(
      idsOf(await request<SearchAnswer>(stack.apiUrl, '/users/1/similar?k=10&labels=kids,road')),
    ).toEqual(['2', '3', '4'])
    expect(await request(stack.apiUrl, '/index')).toMatchObject({
      status: 200,
      body: { state: 'ready', documents: 4 },
    })
    expect(await request(stack.apiUrl, '/health')).toMatchObject({
      status: 200,
      body: { status: 'ok', problems: [], warnings: [] },
    })

    for (const wrong of [{ vector: [0.9, 0.7] }, { vector: [0, 0, 0] }]) {
      expect(await search(stack, wrong)).toMatchObject({
        status: 400,
        body: { code: expect.stringMatching(/^VECTOR_/) },
      })
    }
    const notJson = await request(stack.apiUrl, '/search', { ...json, body: '{' })
    expect(notJson).toMatchObject({ status: 400, body: { code: 'BODY_NOT_JSON' } })
  })

  it('prints examples that work on what is there', async () => {
    const stack = await start()
    expect(await request(tryUrl(stack), '')).toMatchObject({ status: 200 })
    expect(await runExample(stack)).toContain('2 users in')

    const five = await start({ INDEX_DEFINITION: '{"vector":{"dimensions":5}}', MAX_K: '1' })
    expect(five.output()).toContain('its vectors have 3 dimensions, and the definition has 5')
    expect(five.output()).not.toContain('try http')
    expect(await runExample(five)).toContain('0 users in')

    const wide = { INDEX_DEFINITION: '{"vector":{"dimensions":384}}', DATA_DIR: await temporaryFolder() }
    const empty = await start(wide)
    expect(await runExample(empty)).toContain('0 users in')
    const user = { id: 'x y', vector_embedding: new Array(384).fill(1) }
    for (const id of ['x y', 'p1'])
      await request(empty.apiUrl, `/users/${encodeURIComponent(id)}`, {
        ...json,
        method: 'PUT',
        body: JSON.stringify({ ...user, id }),
      })
    await empty.end()
    const filled = await start(wide)
    expect(tryUrl(filled)).toBe(`${filled.apiUrl}/users/p1/similar?k=3`)
    expect(exampleOf(filled)).toBe('--user p1 --k 2')
    expect(await runExample(filled)).toContain('x y')
  })

  it('makes searchable what boto3 puts under imports/, within a second of its report', async () => {
    const stack = await start()
    const key = 'imports/autumn & winter/neue kunden+ü.ndjson'
    const line = '{"id":"5","user":"lena","labels":"gravel","vector_embedding":[0.2,0.1,0.9]}\n'
    await python(['test/support/put_object.py', stack.s3Url, stack.bucket, key], { input: line })
    const { api } = localTarget(stack)
    const etag = createHash('md5').update(line).digest('hex')
    const report = await api.imports.wait(importId(stack.bucket, key), { etag })
    expect(report).toMatchObject({ state: 'COMPLETED', written: 1, searchable: 1, durability: 'fsynced' })
    expect(idsOf(await search(stack, { vector, filter: { labels: 'gravel' } }))).toEqual(['5'])
  })

  it('answers what the Redis tutorial types into redis-cli', async () => {
    const stack = await start()
    const { cli } = (await findRedis())({
      port: Number(new URL(stack.redisUrl).port),
      dir: stack.dataDir,
      args: [],
    })
    const [program = '', ...args] = cli
    const typed = [
      'FT.SEARCH',
      'idx:user_prefs',
      '(*)=>[KNN 2 @vector $input_vector]',
      'PARAMS',
      '2',
      'input_vector',
    ]
    const quoted = [
      ...typed,
      '"\\x66\\x66\\x66\\x3f\\x33\\x33\\x33\\x3f\\xcd\\xcc\\x4c\\x3e"',
      'DIALECT',
      '2',
      'RETURN',
      '1',
      'user',
    ]
    const line = quoted.map((word) => (word.startsWith('(') ? `"${word}"` : word)).join(' ')
    const running = promisify(execFile)(program, args)
    running.child.stdin?.end(`${line}\n`)
    expect((await running).stdout).toMatch(/2[\s\S]*user:1[\s\S]*user:2/)
  })

  it('by Ctrl-C ends all that it started; the next start has the data', async () => {
    const dataDir = await temporaryFolder()
    const first = await start({ DATA_DIR: dataDir })
    const redisPid = await pidOfRedis(first)
    await (await redisOf(first)).sendCommand([
      'JSON.SET',
      'user:9',
      '$',
      '{"user":"nina","vector_embedding":[0.9,0.7,0.3]}',
    ])
    expect(await first.end('SIGINT')).toBe(0)
    expect(isAlive(redisPid)).toBe(false)
    await expect(fetch(first.apiUrl)).rejects.toThrow()
    await expect(fetch(first.s3Url)).rejects.toThrow()

    const second = await start({ DATA_DIR: dataDir })
    expect(second.output()).not.toContain('users written')
    expect(idsOf(await search(second, { user: '9', k: 1 }))).toEqual(['1'])
    expect(await second.end('SIGTERM')).toBe(0)
  })

  it('that is killed leaves nothing running, and the next one finishes what it imported', async () => {
    const dataDir = await temporaryFolder()
    const first = await start({ DATA_DIR: dataDir })
    const redisPid = await pidOfRedis(first)
    const users = Array.from(
      { length: 20_000 },
      (_, i) => `{"id":"n${i}","vector_embedding":[1,${i + 1},0.5]}\n`,
    )
    await python(['test/support/put_object.py', first.s3Url, first.bucket, 'imports/many.ndjson'], {
      input: users.join(''),
    })
    const documents = async (stack: RunningStack) =>
      (await request<IndexStatus>(stack.apiUrl, '/index')).body.documents
    await expect.poll(() => documents(first), { interval: 20 }).toBeGreaterThan(1_000)
    await first.end('SIGKILL')
    await expect.poll(() => isAlive(redisPid), { timeout: 3_000 }).toBe(false)

    const second = await start({ DATA_DIR: dataDir })
    await expect.poll(() => documents(second), { timeout: 30_000 }).toBe(20_004)
  })

  it('on data of another definition says so, and what to do; an import waits until that is done', async () => {
    const dataDir = await temporaryFolder()
    const INDEX_DEFINITION = '{"vector":{"dimensions":4}}'
    await (await start({ DATA_DIR: dataDir })).end()
    // Refused, as the keys of its users have another type.
    const hash = await start({ DATA_DIR: dataDir, INDEX_DEFINITION: '{"storage":"hash"}' })
    expect(hash.output()).toMatch(
      /Expected a prefix that does not overlap user:[\s\S]*npm run index -- apply/,
    )
    await hash.end()
    const stack = await start({ DATA_DIR: dataDir, INDEX_DEFINITION })
    expect(stack.output()).not.toContain('Lookalike is ready.')
    for (const text of [
      `the data in ${dataDir} are of another definition`,
      'vector.dimensions: 4 in the definition, 3 in the index',
      'npm run index -- apply',
      'DATA_DIR=',
    ])
      expect(stack.output()).toContain(text)
    expect(await request(stack.apiUrl, '/health')).toMatchObject({
      status: 503,
      body: { problems: ['The index differs from its definition: vector.dimensions'] },
    })

    const file = join(dataDir, 'four.ndjson')
    await writeFile(file, '{"id":"5","vector_embedding":[1,2,3,4]}\n')
    expect(await run(stack, ['dev/cli/import.ts', file])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('it waits: INDEX_DRIFTED: Expected'),
    })
    const id = importId(stack.bucket, 'imports/four.ndjson')
    const importStatus = () => request<ShownImport>(stack.apiUrl, `/imports/${id}`)
    expect(await importStatus()).toMatchObject({ body: { waiting: { code: 'INDEX_DRIFTED' } } })

    expect(await run(stack, ['dev/cli/index.ts', 'apply', '--force'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('started again: the import of imports/four.ndjson'),
    })
    await expect
      .poll(importStatus, { timeout: 20_000 })
      .toMatchObject({ body: { state: 'COMPLETED', written: 1, waiting: null } })
    expect(await request(stack.apiUrl, '/health')).toMatchObject({ status: 200 })
  })

  it('that follows a killed one waits for what that one is still stopping', async () => {
    const dataDir = await temporaryFolder()
    // As npm runs it: kill -9 hits the set-up, and the stack behind it stops in order.
    const first = launch(dataDir, {}, ['dev/setup.mjs', 'dev/start.ts'])
    await first.printed('Ctrl-C ends it.')
    const { pid, redisUrl }: StackAddresses = JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8'))
    // Its Redis takes five seconds to stop, and is then killed. The stack halts once it has announced its end, so that it
    // is still stopping when the second start looks, however long that takes.
    process.kill(await pidOfRedis({ redisUrl }), 'SIGSTOP')
    await first.end('SIGKILL')
    await expect.poll(() => hasAnnouncedEnd(dataDir), { timeout: 20_000, interval: 10 }).toBe(true)
    process.kill(pid, 'SIGSTOP')
    onTestFinished(() => void (isAlive(pid) && process.kill(pid, 'SIGKILL')))
    const second = launch(dataDir)
    onTestFinished(() => void second.end('SIGKILL'))
    await second.printed(`Waiting for the Lookalike that is stopping (process ${pid})…\n`)
    process.kill(pid, 'SIGCONT')
    await second.printed('Ctrl-C ends it.')
    expect(isRunning(String(pid))).toBe(false)
    const addresses: StackAddresses = JSON.parse(await readFile(join(dataDir, 'stack.json'), 'utf8'))
    expect(idsOf(await search(addresses, { vector, k: 1 }))).toEqual(['1'])
  })

  it('runs its Redis at REDIS_PORT, and refuses REDIS_PORT together with REDIS_URL', async () => {
    const port = String(await freePort())
    const stack = await start({ REDIS_PORT: port })
    expect(stack.redisUrl).toBe(`redis://127.0.0.1:${port}`)
    await expect(start({ REDIS_PORT: port })).rejects.toThrow(
      `npm start ended with 1: Port ${port} is taken: set REDIS_PORT to a free one\n`,
    )
    await expect(start({ REDIS_PORT: 'tcp://10.0.0.1:6379' })).rejects.toThrow('REDIS_PORT: expected a port')
    await expect(start({ REDIS_PORT: port, REDIS_URL: stack.redisUrl })).rejects.toThrow(
      'REDIS_PORT is for the Redis that npm start runs, and REDIS_URL names another: unset one',
    )
  })

  it('a second time in the same folder is refused in one line', async () => {
    const { dataDir, process: child } = await start()
    const second = await run({ dataDir }, ['dev/start.ts'])
    expect(second.status).toBe(1)
    expect(second.stderr.trim()).toBe(
      `Lookalike runs in ${dataDir} already, as process ${child.pid}: stop it, or set DATA_DIR`,
    )
  })

  it('moves a default port that is taken, and refuses an explicit one', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    await expect(start({ PORT: port })).rejects.toThrow(`Port ${port} is taken: set PORT to a free one`)
    await expect(start({ S3_PORT: port })).rejects.toThrow(`Port ${port} is taken: set S3_PORT to a free one`)
    await expect(start({ PORT: 'http' })).rejects.toThrow('PORT: expected a port, got "http"')
    const [one, other] = await Promise.all([start({ PORT: '' }), start({ PORT: '' })])
    expect(one.apiUrl).not.toBe(other.apiUrl)
    const moved = [one, other].filter(({ apiUrl }) => apiUrl !== 'http://127.0.0.1:3000')
    expect(moved.length).toBeGreaterThan(0)
    for (const { apiUrl, output } of moved)
      expect(output()).toContain(`Port 3000 is taken: the API is at ${apiUrl} (PORT asks for another port)`)
  })

  it('leaves the demo out where its vectors are not those of the definition, and says so', async () => {
    const stack = await start({ INDEX_DEFINITION: '{"vector":{"path":"$.embedding"}}' })
    expect(stack.output()).toContain('The demo is left out: its vectors are at $.vector_embedding')
    expect(await request(stack.apiUrl, '/index')).toMatchObject({ body: { state: 'ready', documents: 0 } })
  })

  it('lists what is wrong with its settings', async () => {
    await expect(start({ INDEX_DEFINITION: '{"vector":{"dimension":4}}', MAX_K: 'x' })).rejects.toThrow(
      /INDEX_DEFINITION: [\s\S]*vector\.dimension[\s\S]*MAX_K: expected a whole number/,
    )
  })

  it.each([{ REDIS_URL: '' }, { REDIS_URL_PARAMETER: '/shop/redis-url' }])(
    'has a Redis of its own although %j is set',
    async (env) => {
      const stack = await start(env)
      expect(stack.output()).toContain('COMPLETED, 4 users written')
      expect(idsOf(await search(stack, { vector, k: 1 }))).toEqual(['1'])
    },
  )

  it('behind an HTTP gateway serves searches, and refuses imports in a line', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const gateway = await startGateway(redis.url)
    onTestFinished(gateway.close)
    const certificate = await certificateFor('127.0.0.1')
    const front = await behindTls(gateway, certificate)
    onTestFinished(front.close)
    const url = new URL(front.url)
    const token = decodeURIComponent(url.password)
    url.password = ''
    expect(url.protocol).toBe('https:')
    const untrusted = await start({ REDIS_URL: url.href, REDIS_TOKEN: token }).catch(String)
    expect(untrusted).toMatch(
      /^Error: npm start ended with 1: Expected a certificate of Redis that is trusted through REDIS_TLS_CA .*\n$/,
    )
    const stack = await start({
      REDIS_URL: url.href,
      REDIS_TOKEN: token,
      REDIS_TLS_CA: certificate.authority,
    })
    const lines = stack.output().split('\n')
    expect(lines.filter((line) => line.includes('imports are refused'))).toHaveLength(1)
    expect(stack.output()).not.toContain(token)
    const admin = connectTo(redis)
    onTestFinished(admin.close)
    await storeBikeShop(admin)
    expect(idsOf(await search(stack, { vector, k: 2 }))).toEqual(['1', '2'])
    expect(idsOf(await search(stack, { like: ['2', '3'], filter: { labels: 'road' } }))).toEqual(['4'])

    expect(await run(stack, ['dev/cli/import.ts', 'events/data/users.ndjson'])).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('it waits: TRANSPORT_UNSUPPORTED: Expected a connection of its own'),
    })
    expect(await request(stack.apiUrl, '/imports')).toMatchObject({
      body: { imports: [{ state: 'RUNNING', waiting: { code: 'TRANSPORT_UNSUPPORTED' } }] },
    })
    await expect.poll(stack.output, { timeout: 20_000 }).toMatch(/import failed.*TRANSPORT_UNSUPPORTED/)
    expect(stack.output()).not.toContain(token)
  })

  it('on a Redis without RediSearch ends in one line, over TCP and over HTTPS, also on one of Upstash', async () => {
    const url = await startPlainRedis()
    const gateway = await startGateway(url)
    onTestFinished(gateway.close)
    const upstash = await startUpstash(url)
    onTestFinished(upstash.close)
    const certificate = await certificateFor('127.0.0.1')
    const fronts = [await behindTls(gateway, certificate), await behindTls(upstash, certificate)]
    for (const { close } of fronts) onTestFinished(close)
    const line =
      'npm start ended with 1: Expected a Redis with RediSearch and RedisJSON (Redis Stack, or Redis 8), got one without them\n'
    const REDIS_TLS_CA = certificate.authority
    for (const REDIS_URL of [url, ...fronts.map((front) => front.url)])
      expect(await start({ REDIS_URL, REDIS_TLS_CA }).catch(String)).toBe(`Error: ${line}`)
  })

  it('on another Redis uploads no demo; without it searches are 503, and 200 when it is back', async () => {
    let redis = await startRedis()
    onTestFinished(() => redis.stop())
    const stack = await start({ REDIS_URL: redis.url })
    expect(stack.output()).toContain('REDIS_URL is set: no demo data is uploaded')
    // It holds the URL, which may hold a password.
    expect((await stat(join(stack.dataDir, 'stack.json'))).mode & 0o777).toBe(0o600)
    expect(await search(stack, { vector })).toMatchObject({ status: 200, body: { results: [] } })

    await redis.kill()
    const down = await fetch(new URL('/search', stack.apiUrl), {
      ...json,
      body: JSON.stringify({ vector }),
    })
    expect(down.status).toBe(503)
    expect(down.headers.get('retry-after')).toBe('2')
    expect(await down.json()).toMatchObject({ code: 'REDIS_UNAVAILABLE' })
    expect(await request(stack.apiUrl, '/health')).toMatchObject({
      status: 503,
      body: { status: 'unavailable' },
    })

    redis = await startRedis({ port: redis.port })
    expect(await search(stack, { vector })).toMatchObject({ status: 503, body: { code: 'INDEX_MISSING' } })
    expect(await request(stack.apiUrl, '/index', { method: 'PUT' })).toMatchObject({
      body: { change: 'created' },
    })
    expect(await search(stack, { vector })).toMatchObject({ status: 200, body: { complete: true } })
  })
})
