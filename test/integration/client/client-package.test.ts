import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { AwsClient } from 'aws4fetch'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../../../client/src/index.ts'
import {
  blocksOf,
  compile,
  type InstalledClient,
  installClient,
  linkPackages,
} from '../../support/client-package.ts'
import { AWS_CREDENTIALS, recordRequests, signaturesOf } from '../../support/signed-requests.ts'
import { run, useStack } from '../../support/stack.ts'

const LOCAL = 'http://127.0.0.1:3000'
const DEPLOYED = 'https://a1b2c3.execute-api.eu-central-1.amazonaws.com'

describe('the client, installed from its tarball into an empty folder', { timeout: 60_000 }, () => {
  const stack = useStack()
  let installed: InstalledClient
  beforeAll(async () => {
    installed = await installClient()
  }, 60_000)
  afterAll(() => installed.remove())

  it('is small, needs no package, and brings the types that it needs', () => {
    expect(installed.tarballBytes).toBeLessThan(30_000)
    const files = globSync('node_modules/lookalike-client/**/*.{js,d.ts}', { cwd: installed.folder })
    expect(files).toContain('node_modules/lookalike-client/dist/index.d.ts')
    const imported = files.flatMap((file) => [
      ...readFileSync(join(installed.folder, file), 'utf8').matchAll(/(?:from|import\() ?['"]([^'"]+)['"]/g),
    ])
    expect(imported.length).toBeGreaterThan(10)
    expect(imported.map(([, name = '']) => name).filter((name) => !name.startsWith('./'))).toEqual([])
    const { dependencies, version } = JSON.parse(readFileSync('client/package.json', 'utf8'))
    expect(dependencies).toBeUndefined()
    expect(version).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version)
  })

  it.each([
    ['docs/api.md', /^3 0\.\d{3} kids\n4 0\.\d{3} kids, road\nDUPLICATE: 4 written, 0 rejected\n$/],
    ['client/README.md', /^3 0\.\d{3} kids\n4 0\.\d{3} kids, road\n$/],
  ])("runs the example of %s, compiled with the compiler's own settings", async (page, output) => {
    const [example = ''] = await blocksOf(page, 'ts')
    expect(example).toContain(LOCAL)
    const file = await compile(installed, 'example', example.replace(LOCAL, stack().apiUrl))
    const { status, stdout, stderr } = await run(stack(), [file])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(output)
  })

  it('takes what the API takes, and does not compile with what it refuses', async () => {
    const source = `
      import { createClient } from 'lookalike-client'
      const { search, imports, index } = createClient({ url: '', fetch: undefined })
      search({ user: '1', k: undefined, filter: { age: { $gt: 3 }, $not: { labels: 'road' } } })
      search({ like: ['1', [1, 2, 3], { user: '2', weight: 2 }], unlike: [{ vector: 'AACAPw==' }] })
      imports.start({ key: 'imports/a.csv', onError: 'max-errors=3' })
      // @ts-expect-error: neither vector, user nor like
      search({ k: 2 })
      // @ts-expect-error: a member that no search has
      search({ user: '1', vectr: [1] })
      // @ts-expect-error: a word that is none of the three
      imports.start({ key: 'imports/a.csv', onError: 'ignore' })
      // @ts-expect-error: no member of an answer
      index.get().then(({ stat }) => stat)`
    await compile(installed, 'types', source, ['--noEmit'])
  })

  it('runs in a browser, where there is nothing of Node', async () => {
    const contents = `
      import { ApiError, createClient } from 'lookalike-client'
      globalThis.use = async (url) => {
        const client = createClient({ url })
        const { results } = await client.search({ vector: [0.9, 0.7, 0.2], k: 2 })
        const refused = await client.search({ user: 'nobody' }).catch((error) => error)
        return { ids: results.map(({ id }) => id), isApiError: refused instanceof ApiError, code: refused.code }
      }`
    const bundle = await build({
      stdin: { contents, resolveDir: installed.folder },
      bundle: true,
      format: 'iife',
      platform: 'browser',
      write: false,
    })
    // What browsers have by other means than the language itself.
    const page = createContext({ fetch, URL, AbortController, AbortSignal, setTimeout, clearTimeout })
    runInContext(bundle.outputFiles[0]?.text ?? '', page)
    expect(await page.use(stack().apiUrl)).toEqual({
      ids: ['1', '2'],
      isApiError: true,
      code: 'USER_NOT_FOUND',
    })
  })

  it('sends signed requests as its README shows', async () => {
    const [, example = ''] = await blocksOf('client/README.md', 'ts')
    expect(example).toContain(DEPLOYED)
    await linkPackages(installed, ['aws4fetch', '@types/node', 'undici-types'])
    const { url, requests } = await recordRequests(stack().apiUrl)
    const file = await compile(installed, 'signed', example.replace(DEPLOYED, url), ['--types', 'node'])
    expect(await run(stack(), [file], AWS_CREDENTIALS)).toEqual({ status: 0, stdout: 'ready\n', stderr: '' })
    expect(requests).toHaveLength(1)
    for (const request of requests) {
      const { signature, expected } = await signaturesOf(url, request)
      expect(signature).toBe(expected)
    }
  })
})

it('A fetch that signs gets from the client what botocore would sign alike', {
  timeout: 60_000,
}, async () => {
  const { url, requests } = await recordRequests()
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = AWS_CREDENTIALS
  const aws = new AwsClient({ accessKeyId, secretAccessKey, service: 'execute-api', region: 'eu-central-1' })
  const client = createClient({ url: `${url}/prod/`, fetch: (target, init) => aws.fetch(target, init) })
  await client.search({ user: "it's ü", filter: { labels: 'kids road' } })
  await client.similar("a/b ü!'()*", { k: 2, labels: ['kids road', "it's (new)*"] })
  await client.users.put('7', { descr: '€' }, { version: 'v1' })
  expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /prod/search',
    'GET /prod/users/a%2Fb%20%C3%BC%21%27%28%29%2A/similar?k=2&labels=kids%20road%2Cit%27s%20%28new%29%2A',
    'PUT /prod/users/7',
  ])
  expect(requests.at(-1)?.headers).toMatchObject({ 'if-match': '"v1"', 'content-type': 'application/json' })
  for (const request of requests) {
    const { signature, expected } = await signaturesOf(url, request)
    expect(signature).toBe(expected)
  }
})
