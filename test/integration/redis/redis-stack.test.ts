import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { processName } from '../../../dev/process-name.mjs'
import { waitUntilLoaded } from '../../../dev/redis/loading.ts'
import { freePort, type RedisServer, startRedis } from '../../../dev/redis/start.ts'
import { connectRedis } from '../../../lib/redis/connection.ts'
import { useRedis } from '../../support/redis.ts'

describe('a Redis Stack', () => {
  const redis = useRedis()

  it('answers the reference search', async () => {
    const { server } = redis
    const users = { 1: [0.9, 0.7, 0.2], 2: [0.7, 0.9, 0.1], 3: [0.3, 0.9, 0.2], 4: [0.1, 0.9, 0.7] }
    const vector = 'VECTOR HNSW 6 TYPE FLOAT32 DIM 3 DISTANCE_METRIC COSINE'
    const index = `FT.CREATE idx:user_prefs ON JSON PREFIX 1 user: SCHEMA $.vector_embedding AS vector ${vector}`
    await send(server, ...index.split(' '))
    for (const [id, embedding] of Object.entries(users)) {
      await send(server, 'JSON.SET', `user:${id}`, '$', JSON.stringify({ vector_embedding: embedding }))
    }

    const query = ['*=>[KNN 2 @vector $blob AS distance]', 'SORTBY', 'distance', 'RETURN', '1', 'distance']
    const blob = Buffer.from('6666663f3333333fcdcc4c3e', 'hex')
    const search = ['FT.SEARCH', 'idx:user_prefs', ...query, 'PARAMS', '2', 'blob', blob, 'DIALECT', '2']

    expect(await send(server, ...search)).toEqual([
      2,
      'user:1',
      ['distance', expect.stringMatching(/^5\.96\d*e-08$/)],
      'user:2',
      ['distance', expect.stringMatching(/^0\.033900\d+$/)],
    ])
  })

  it('says its version, and how to reach it with redis-cli', async () => {
    const { version, cli } = redis.server
    const [program = '', ...args] = cli
    const info = await promisify(execFile)(program, [...args, 'INFO', 'server'])
    expect(info.stdout).toContain(`redis_version:${version}`)
  })

  it('has a session of its own, which Ctrl-C in the terminal does not reach', () => {
    const { pid } = redis.server
    expect(Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)]))).toBe(pid)
  })
})

describe('startRedis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lookalike-test-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('finds the append-only data again after a kill', async () => {
    const dir = join(folder, 'kept')
    const first = await startRedis({ dir, appendonly: true })
    await send(first, 'JSON.SET', 'user:1', '$', '{"user":"samuel"}')
    await first.kill()

    const second = await startRedis({ dir, appendonly: true, port: first.port })
    expect(await send(second, 'JSON.GET', 'user:1')).toBe('{"user":"samuel"}')
    await second.stop()
    expect(existsSync(join(dir, 'appendonlydir'))).toBe(true)
  })

  describe('with data that take their time', () => {
    const dir = join(folder, 'slow')
    const slow = { dir, appendonly: true, args: ['--key-load-delay', '1000'] }
    beforeAll(async () => {
      const server = await startRedis({ dir, appendonly: true })
      const users = Array.from({ length: 3_000 }, (_, i) => ['SET', `user:${i}`, 'x'])
      const client = await createClient({ url: server.url }).connect()
      await Promise.all(users.map((command) => client.sendCommand(command)))
      client.destroy()
      await server.stop()
    })

    it('tells how far it is, and resolves when all are there', async () => {
      const told: string[] = []
      const server = await startRedis({ ...slow, tell: (text) => told.push(text) })
      expect(await send(server, 'DBSIZE')).toBe(3_000)
      expect(told.length).toBeGreaterThan(0)
      for (const text of told) expect(text).toMatch(/^Redis is loading its data: \d+ %(, some \d+ s left)?$/)
      await server.stop()
    })

    it('is waited for by a client that did not start it', async () => {
      const port = await freePort()
      const starting = startRedis({ ...slow, port })
      const settings = { source: { from: 'environment', url: `redis://127.0.0.1:${port}` } } as const
      const told: string[] = []
      // It does not listen at first.
      const look = () =>
        waitUntilLoaded(connectRedis(settings), (text) => told.push(text), new AbortController().signal)
      while (told.length === 0) await look()
      expect(told[0]).toMatch(/^Redis is loading its data: \d+ %/)
      await (await starting).stop()
    })

    it('is given up when that is asked for, and leaves no server', async () => {
      const giveUp = new AbortController()
      const starting = startRedis({ ...slow, tell: () => giveUp.abort(), signal: giveUp.signal })
      await expect(starting).rejects.toThrow('aborted')
      const pid = Number.parseInt(readFileSync(join(dir, 'redis.process'), 'utf8'), 10)
      expect(isRunning(pid)).toBe(false)
    })

    it('waits for the server that had them before, and says so', async () => {
      const former = spawn('sleep', ['0.5'])
      await once(former, 'spawn')
      writeFileSync(join(dir, 'redis.process'), processName(former.pid ?? 0) ?? '')
      const told: string[] = []
      const server = await startRedis({ ...slow, args: [], tell: (text) => told.push(text) })
      expect(told[0]).toBe(`Waiting for the Redis of the last start to end (process ${former.pid})`)
      expect(former.exitCode).toBe(0)
      await server.stop()
    })
  })

  it('rejects with the end of the log, and where the data are, when Redis cannot read them', async () => {
    const dir = join(folder, 'broken')
    const server = await startRedis({ dir, appendonly: true })
    await server.stop()
    writeFileSync(join(dir, 'appendonlydir/appendonly.aof.1.incr.aof'), 'nonsense')
    await expect(startRedis({ dir, appendonly: true })).rejects.toThrow(
      /Bad file format.*its log and its data are in .*broken; set DATA_DIR/,
    )
  })

  it('kills a frozen server as well', async () => {
    const server = await startRedis()
    process.kill(server.pid, 'SIGSTOP')
    await server.kill()
    expect(isRunning(server.pid)).toBe(false)
    await server.stop()
  })

  it('leaves no server behind when its own process is killed', async () => {
    const start = new URL('../../../dev/redis/start.ts', import.meta.url)
    const script = `
      const { startRedis } = await import('${start}')
      console.log((await startRedis({ dir: '${join(folder, 'orphan')}' })).pid)`
    const starter = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<number>((resolve) =>
      starter.stdout.once('data', (line) => resolve(Number(line))),
    )
    expect(isRunning(pid)).toBe(true)
    starter.kill('SIGKILL')

    const deadline = Date.now() + 2000
    while (isRunning(pid) && Date.now() < deadline) await sleep(10)
    expect(isRunning(pid)).toBe(false)
  })

  it('rejects with the end of the log when the port is taken', async () => {
    const other = await startRedis()
    await expect(startRedis({ port: other.port })).rejects.toMatchObject({
      message: expect.stringMatching(/[Aa]ddress already in use|already allocated/),
      code: 'EADDRINUSE',
    })
    await other.stop()
  })

  it('rejects with the end of the log when an argument is wrong', async () => {
    await expect(startRedis({ args: ['--appendfsync', 'hourly'] })).rejects.toThrow(/hourly/)
  })
})

/** One command on a connection of its own. */
async function send({ url }: RedisServer, ...args: (string | Buffer)[]): Promise<unknown> {
  const client = await createClient({ url, RESP: 2 }).connect()
  try {
    return await client.sendCommand(args)
  } finally {
    client.destroy()
  }
}

/** A zombie does not run: it has ended, and waits for its parent to notice. */
function isRunning(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).startsWith('Z')
  } catch {
    return false
  }
}
