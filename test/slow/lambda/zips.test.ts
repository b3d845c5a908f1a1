import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bundleEntry } from '../../../dev/bundle.mjs'
import { type Queue, startQueue } from '../../../dev/local/queue.ts'
import { readServerlessConfig } from '../../../dev/local/serverless-config.ts'
import { python } from '../../../dev/python.ts'
import type { Role } from '../../../lib/redis/acl.ts'
import { objectStore } from '../../../lib/s3/object-store.ts'
import { startSlowSsm } from '../../bench/cold/ssm.ts'
import { bikeShopFile } from '../../support/bike-shop.ts'
import { useBucket } from '../../support/bucket.ts'
import { httpEvent } from '../../support/http-event.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../../support/lambda/sandbox.ts'
import { useRedis } from '../../support/redis.ts'

// npm run test:lambda
// Each zip as it is deployed, in an environment with Lambda's limits. It reads the URL of Redis from an SSM over TLS.

const root = fileURLToPath(new URL('../../../', import.meta.url))
const execute = promisify(execFile)
const { functions } = readServerlessConfig()
const Answer = v.object({ statusCode: v.number(), body: v.optional(v.string(), 'null') })

describe('the deployed zips, with the limits of Lambda', () => {
  const redis = useRedis({ appendonly: true })
  const s3 = useBucket()
  const sandboxes = new Map<Role, Sandbox>()
  const closings: (() => unknown)[] = []
  let folder = ''
  let queue: Queue | undefined

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lookalike-lambda-'))
    closings.push(() => rm(folder, { recursive: true, force: true }))
    await packAll()
    const send = (event: { Records: { body: string }[] }) => {
      const isAudience = event.Records.some(({ body }) => body.includes('"audience"'))
      return sandbox(isAudience ? 'build-audience' : 'import-users').then((one) => one.invoke(event))
    }
    queue = await startQueue({ invoke: send, maxConcurrency: 1, maxReceiveCount: 5, visibilitySeconds: 900 })
    closings.push(queue.close)
  }, 300_000)
  afterAll(async () => {
    for (const one of sandboxes.values()) await one.stop()
    for (const close of closings.toReversed()) await close()
  })

  /** In a copy: `dist/` and `.serverless/` of the working tree are the developer's. */
  async function packAll(): Promise<void> {
    const project = join(folder, 'project')
    for (const name of [
      'serverless.yml',
      'deploy',
      'package.json',
      'tsconfig.json',
      'dev',
      'functions',
      'lib',
    ])
      await cp(join(root, name), join(project, name), { recursive: true })
    await symlink(join(root, 'node_modules'), join(project, 'node_modules'))
    const env = { PATH: process.env.PATH ?? '', HOME: folder, DATA_DIR: '.stack' }
    await execute(process.execPath, ['node_modules/serverless/bin/serverless.js', 'package'], {
      cwd: project,
      env,
    })
    const unzip = (name: string) =>
      python(['-m', 'zipfile', '-e', join(project, '.serverless', `${name}.zip`), join(folder, name)])
    await Promise.all([...functions.keys()].map(unzip))
  }

  async function sandbox(name: Role, changes: Partial<SandboxOptions> = {}): Promise<Sandbox> {
    const found = sandboxes.get(name)
    if (found !== undefined && Object.keys(changes).length === 0) return found
    const settings = functions.get(name)
    if (settings === undefined) throw new Error(`Expected a function ${name} in serverless.yml`)
    const ssm = await startSlowSsm(redis.urlOf(name))
    closings.push(() => ssm.close())
    const authority = join(folder, `${name}.pem`)
    await writeFile(authority, ssm.authority)
    const limit = `--max-old-space-size=${Math.floor(settings.memoryMegabytes * 0.9)}`
    const created = await startSandbox({
      taskRoot: join(folder, name),
      handler: `dist/${name}/index.handler`,
      timeoutSeconds: settings.timeoutSeconds,
      memoryMegabytes: settings.memoryMegabytes,
      ...changes,
      env: {
        ...ssm.env,
        NODE_EXTRA_CA_CERTS: authority,
        NODE_OPTIONS: settings.nodeOptions || limit,
        STAGE: 'prod',
        IMPORT_BUCKET: s3.bucket,
        IMPORT_QUEUE_URL: queue?.queueUrl ?? '',
        AUDIENCE_QUEUE_URL: queue?.queueUrl ?? '',
        AWS_ENDPOINT_URL_SQS: queue?.url ?? '',
        AWS_ENDPOINT_URL_S3: process.env.AWS_ENDPOINT_URL_S3 ?? '',
        ...changes.env,
      },
    })
    if (Object.keys(changes).length === 0) sandboxes.set(name, created)
    else closings.push(created.stop)
    return created
  }

  async function call(name: Role, routeKey: string, members: Parameters<typeof httpEvent>[1] = {}) {
    const one = await sandbox(name)
    const { statusCode, body } = v.parse(Answer, await one.invoke(httpEvent(routeKey, members)))
    return { status: statusCode, body: v.parse(v.looseObject({}), JSON.parse(body) ?? {}) }
  }

  const search = () => call('search-users', 'POST /search', { body: '{"vector":[0.9,0.7,0.2],"k":2}' })

  it('provision the index as a step of a deployment, and own it', async () => {
    const provision = await sandbox('provision-index')
    expect(await provision.invoke({})).toMatchObject({
      change: 'created',
      state: 'ready',
      owner: 'prod in eu-central-1',
    })
  })

  it('import a file that the queue announces', async () => {
    await objectStore(s3.bucket).put('imports/shop.ndjson', bikeShopFile.toString(), 'application/x-ndjson')
    const started = await call('imports', 'POST /imports', { body: '{"key":"imports/shop.ndjson"}' })
    expect(started).toMatchObject({ status: 202, body: { state: 'QUEUED' } })
    const id = String(started.body.id)
    const show = () => call('imports', 'GET /imports/{id}', { pathParameters: { id } })
    await vi.waitUntil(async () => (await show().catch(() => undefined))?.body.state === 'COMPLETED', {
      timeout: 30_000,
      interval: 500,
    })
    expect((await show()).body).toMatchObject({ read: 4, written: 4, searchable: 4 })
  })

  it('search, frozen between two requests, also after Redis has closed the connection meanwhile', async () => {
    const found = { status: 200, body: { complete: true, results: [{ id: '1' }, { id: '2' }] } }
    expect(await search()).toMatchObject(found)
    await delay(1_000)
    expect(await search()).toMatchObject(found)
    await redis.pool().send(['CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'])
    expect(await search()).toMatchObject(found)
    const { inits, output } = await sandbox('search-users')
    expect(inits()).toBe(1)
    expect(output()).toContain('"Searches":1')
    expect(output()).toContain('"coldStart":true')
  })

  it('check the index on the schedule', async () => {
    const check = await sandbox('check-index')
    expect(await check.invoke({ source: 'aws.events' })).toMatchObject({
      index: { state: 'ready' },
      problems: [],
      lastSweep: { scanned: 4, notSearchable: 0 },
    })
    expect(check.output()).toContain('"Problems":0')
  })

  it('build an audience', async () => {
    const body = '{"like":["1"],"size":{"users":2}}'
    const { status, body: ordered } = await call('audiences', 'POST /audiences', { body })
    expect(status).toBe(202)
    const pathParameters = { id: String(ordered.id) }
    const show = () => call('audiences', 'GET /audiences/{id}', { pathParameters })
    await vi.waitUntil(async () => (await show()).body.state === 'COMPLETED', {
      timeout: 30_000,
      interval: 500,
    })
    expect((await show()).body).toMatchObject({ counts: { matched: 4, exported: 2 } })
  })

  it('show, erase and refuse a user, and answer for their health', async () => {
    expect(await call('users', 'GET /users/{id}', { pathParameters: { id: '4' } })).toMatchObject({
      status: 200,
    })
    const erase = { pathParameters: { id: '4' }, queryStringParameters: { erase: 'true' } }
    expect(await call('users', 'DELETE /users/{id}', erase)).toMatchObject({
      status: 200,
      body: { erased: true },
    })
    const put = { pathParameters: { id: '4' }, body: '{"vector_embedding":[1,0,0]}' }
    expect(await call('users', 'PUT /users/{id}', put)).toMatchObject({
      status: 409,
      body: { code: 'ERASED' },
    })
    expect(await call('health', 'GET /health')).toMatchObject({ status: 200, body: { status: 'ok' } })
  })

  it('say why a direct invocation failed, and start again', async () => {
    const env = { AWS_ENDPOINT_URL_SSM: 'http://127.0.0.1:1' }
    const check = await sandbox('check-index', { env })
    const failed = expect.objectContaining({
      name: 'SECRET_UNAVAILABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    })
    await expect(check.invoke({})).rejects.toEqual(failed)
    await expect(check.invoke({})).rejects.toEqual(failed)
    expect(check.inits()).toBe(1)
  })
})

describe('the sandbox', () => {
  async function sandboxOf(source: string, limits: { timeoutSeconds?: number; memoryMegabytes?: number }) {
    const folder = await mkdtemp(join(tmpdir(), 'lookalike-sandbox-'))
    await bundleEntry(source, folder)
    const settings = {
      taskRoot: folder,
      handler: 'index.handler',
      timeoutSeconds: 5,
      memoryMegabytes: 512,
      env: {},
    }
    return startSandbox({ ...settings, ...limits })
  }

  it('kills a function at its timeout, and begins with another environment', async () => {
    const one = await sandboxOf('test/support/functions/hangs.ts', { timeoutSeconds: 1 })
    for (let i = 0; i < 2; i++)
      await expect(one.invoke({})).rejects.toThrow('Task timed out after 1.00 seconds')
    expect(one.inits()).toBe(2)
    await one.stop()
  })

  it('kills a function above its memory', async () => {
    const one = await sandboxOf('test/support/functions/grows.ts', {
      memoryMegabytes: 128,
      timeoutSeconds: 30,
    })
    await expect(one.invoke({})).rejects.toThrow('more than 128 MB')
    await one.stop()
  })

  it('stops the time of a function between two invocations', async () => {
    const one = await sandboxOf('test/support/functions/ticks.ts', {})
    await one.invoke({})
    const before = Number(await one.invoke({}))
    await delay(2_000)
    expect(Number(await one.invoke({})) - before).toBeLessThan(10)
    await one.stop()
  })
})
