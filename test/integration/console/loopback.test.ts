import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { authorityOf, type LoopbackConsole, startLoopbackConsole } from '../../../dev/console/loopback.ts'
import { toPage } from '../../../dev/console/pages.ts'
import { exchange, statusOf } from '../../support/raw-http.ts'

const requests: { line: string; headers: IncomingHttpHeaders; body: string }[] = []
let renewals = 0
/** What the API answers next, in place of its usual answer. */
const answers: { status: number; body: string; headers?: Record<string, string> }[] = []
const started = new AsyncDisposableStack()
let console_: LoopbackConsole
let port: number
let authority: string
let apiUrl: string

const api = createServer(async (request, response) => {
  requests.push({
    line: `${request.method} ${request.url}`,
    headers: request.headers,
    body: await text(request),
  })
  const { status, body, headers } = answers.shift() ?? { status: 200, body: '{"results":[]}' }
  response
    .writeHead(status, { 'content-type': 'application/json', 'x-amzn-secret': 'a', ...headers })
    .end(body)
})

beforeAll(async () => {
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
  const address = api.address()
  apiUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  started.defer(() => void api.close())
  const pages = new Map([['index.html', toPage('index.html', Buffer.from('<title>Console</title>'))]])
  const stage = {
    apiUrl,
    send: (url: string, init: RequestInit) => fetch(url, init),
    renew: async () => void renewals++,
  }
  console_ = await startLoopbackConsole(pages, stage, { bucketOrigin: 'https://bucket.example' })
  started.defer(() => console_.close())
  authority = new URL(console_.link).host
  port = Number(new URL(console_.link).port)
})
afterAll(() => started.disposeAsync())
beforeEach(() => {
  requests.splice(0)
  renewals = 0
})

/** A browser that is signed in: the only one, since the link works once. */
const signedIn = (() => {
  let signingIn: Promise<{ base: string; cookie: string }> | undefined
  const signIn = async () => {
    const response = await fetch(console_.link, { redirect: 'manual' })
    const [cookie = ''] = (response.headers.get('set-cookie') ?? '').split(';')
    const base = (response.headers.get('location') ?? '').replace(/\/console\/$/, '')
    return { base, cookie }
  }
  return () => (signingIn ??= signIn())
})()

/** A request of the console's own page, with some headers replaced, or left out. */
async function ask(line: string, changes: Record<string, string | undefined> = {}, body = '') {
  const { base, cookie } = await signedIn()
  const [method = '', path = ''] = line.split(' ')
  const headers = {
    Host: authority,
    Origin: `http://${authority}`,
    'Sec-Fetch-Site': 'same-origin',
    Cookie: cookie,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...changes,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  )
  const answer = await exchange(port, [`${method} ${base}${path} HTTP/1.1`, ...lines], body)
  const code = /"code":"(\w+)"/.exec(answer)?.[1]
  return { status: statusOf(answer), code, answer }
}

describe('the link that opens the console of a deployed stage', () => {
  it('signs one browser in, by a cookie that only this server receives and no script reads', async () => {
    const { base, cookie } = await signedIn()
    expect(cookie).toMatch(/^lookalike-console=[\w-]{32}$/)
    expect(base).toMatch(/^\/[\w-]{32}$/)

    const again = await fetch(console_.link, { redirect: 'manual' })
    expect(again.status).toBe(403)
    expect(await again.json()).toMatchObject({
      code: 'LINK_USED',
      detail: expect.stringContaining('npm run console'),
    })
  })

  it('sets a cookie for this path and site alone', async () => {
    const pages = new Map([['index.html', toPage('index.html', Buffer.from(''))]])
    const stage = { apiUrl: 'http://127.0.0.1:1', send: fetch, renew: async () => {} }
    await using own = new AsyncDisposableStack()
    const { link, close } = await startLoopbackConsole(pages, stage, {
      bucketOrigin: 'https://bucket.example',
    })
    own.defer(close)
    for (const headers of [{ 'sec-purpose': 'prefetch' }, { 'sec-fetch-site': 'cross-site' }])
      expect((await fetch(link, { redirect: 'manual', headers })).status).toBe(403)
    expect((await fetch(link, { redirect: 'manual', method: 'HEAD' })).status).toBe(403)
    expect((await fetch(`${link}x`, { redirect: 'manual' })).status).toBe(403)
    const response = await fetch(link, { redirect: 'manual' })
    expect(response.status).toBe(303)
    expect(response.headers.get('set-cookie')).toMatch(/; Path=\/[\w-]{32}\/; HttpOnly; SameSite=Strict$/)
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})

describe('a request of the console itself', () => {
  it('gets the pages', async () => {
    const { status, answer } = await ask('GET /console/', { Origin: undefined })
    expect(status).toBe(200)
    expect(answer).toContain('<title>Console</title>')
    expect(answer).toMatch(/content-security-policy: default-src 'none'; script-src 'self'/i)
  })

  it('learns the address of the stage, and never shows its own secret path', async () => {
    const { base } = await signedIn()
    const { answer } = await ask('GET /console/console-config.json', { Origin: undefined })
    expect(answer).toContain(`{"apiUrl":${JSON.stringify(apiUrl)},"needsProof":true}`)
    expect(answer).not.toContain(base)
  })

  it('names port 80 as a browser does', () => {
    expect(authorityOf(80)).toBe('127.0.0.1')
    expect(authorityOf(8080)).toBe('127.0.0.1:8080')
  })

  it('reaches the API with the headers that the API reads, and no other', async () => {
    const { status, answer } = await ask(
      'POST /search?x=%2F',
      { 'If-Match': '"1"', 'X-Other': 'a' },
      '{"user":"1"}',
    )
    expect(status).toBe(200)
    expect(answer).toContain('{"results":[]}')
    expect(answer).not.toContain('x-amzn-secret')
    const [sent] = requests
    expect(sent).toMatchObject({
      line: 'POST /search?x=%2F',
      body: '{"user":"1"}',
      headers: { 'if-match': '"1"' },
    })
    expect(Object.keys(sent?.headers ?? {})).not.toEqual(expect.arrayContaining(['cookie']))
    for (const name of ['cookie', 'origin', 'x-other', 'referer'])
      expect(sent?.headers).not.toHaveProperty(name)
  })

  it('gets an error of the API as it is', async () => {
    answers.push({ status: 503, body: '{"code":"REDIS_UNAVAILABLE"}', headers: { 'retry-after': '2' } })
    const { status, code, answer } = await ask('GET /index', { Origin: undefined })
    expect({ status, code }).toEqual({ status: 503, code: 'REDIS_UNAVAILABLE' })
    expect(answer).toMatch(/retry-after: 2/i)
  })

  it('follows no redirect on the server, so that the browser gets the link to a file', async () => {
    answers.push({
      status: 302,
      body: '',
      headers: { location: 'https://bucket.example/file?X-Amz-Signature=1' },
    })
    const { status, answer } = await ask('GET /audiences/a1/file', { Origin: undefined })
    expect(status).toBe(302)
    expect(answer).toMatch(/location: https:\/\/bucket\.example\/file\?X-Amz-Signature=1/i)
  })
})

describe('credentials that have expired', () => {
  const refusal = { status: 403, body: '{"message":"The security token included in the request is expired"}' }

  it('are read again, and the request is repeated', async () => {
    answers.push(refusal)
    expect(await ask('GET /index', { Origin: undefined })).toMatchObject({ status: 200 })
    expect({ renewals, sent: requests.length }).toEqual({ renewals: 1, sent: 2 })
  })

  it('and stay so are a problem that says what to do', async () => {
    answers.push(refusal, refusal)
    const { status, code, answer } = await ask('GET /index', { Origin: undefined })
    expect({ status, code }).toEqual({ status: 401, code: 'CREDENTIALS_EXPIRED' })
    expect(answer).toContain('aws sso login')
  })

  it('are not confused with a right that is missing', async () => {
    answers.push({ status: 403, body: '{"message":"Forbidden"}' })
    expect(await ask('GET /index', { Origin: undefined })).toMatchObject({ status: 403, code: undefined })
    expect(renewals).toBe(0)
  })
})

describe('a request that is not of the console', () => {
  it.each([
    ['another host', { Host: 'evil.example' }, 'REQUEST_REFUSED'],
    ['a name that points here (DNS rebinding)', { Host: () => `evil.example:${port}` }, 'REQUEST_REFUSED'],
    ['another name of this machine', { Host: () => `localhost:${port}` }, 'REQUEST_REFUSED'],
    ['another port', { Host: '127.0.0.1:1' }, 'REQUEST_REFUSED'],
    ['another origin', { Origin: 'https://evil.example' }, 'REQUEST_REFUSED'],
    ['another port of this machine as the origin', { Origin: 'http://127.0.0.1:8080' }, 'REQUEST_REFUSED'],
    ['the origin of a sandboxed page', { Origin: 'null' }, 'REQUEST_REFUSED'],
    ['no origin', { Origin: undefined }, 'REQUEST_REFUSED'],
    ['a page of another site', { 'Sec-Fetch-Site': 'cross-site' }, 'REQUEST_REFUSED'],
    ['a page of another port', { 'Sec-Fetch-Site': 'same-site' }, 'REQUEST_REFUSED'],
    ['no cookie', { Cookie: undefined }, 'SIGN_IN_NEEDED'],
    ['another cookie', { Cookie: 'lookalike-console=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }, 'SIGN_IN_NEEDED'],
  ])('is refused with %s, and the API gets nothing', async (_, changes, expected) => {
    const own = Object.entries(changes).map(([name, value]) => [
      name,
      typeof value === 'function' ? value() : value,
    ])
    const { status, code, answer } = await ask('POST /search', Object.fromEntries(own), '{"user":"1"}')
    expect(code).toBe(expected)
    expect(status).toBe(expected === 'SIGN_IN_NEEDED' ? 401 : 403)
    expect(answer).not.toMatch(/access-control-/i)
    expect(requests).toEqual([])
  })

  it.each(['OPTIONS', 'PATCH', 'TRACE'])('is refused with the method %s', async (method) => {
    expect(await ask(`${method} /search`)).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
    expect(requests).toEqual([])
  })

  it('is refused where it does not know the path, whatever its cookie', async () => {
    const { cookie } = await signedIn()
    for (const path of [
      '/console/',
      '/search',
      '/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/index',
      '//evil.example/x',
    ]) {
      const answer = await exchange(port, [`GET ${path} HTTP/1.1`, `Host: ${authority}`, `Cookie: ${cookie}`])
      expect(statusOf(answer), path).toBe(401)
    }
    expect(requests).toEqual([])
  })

  it('is refused with two hosts, and with a whole address as its target', async () => {
    const { base, cookie } = await signedIn()
    const twice = [
      `GET ${base}/index HTTP/1.1`,
      `Host: ${authority}`,
      'Host: evil.example',
      `Cookie: ${cookie}`,
    ]
    expect(statusOf(await exchange(port, twice))).toBeGreaterThanOrEqual(400)
    const absolute = [
      `GET http://evil.example${base}/index HTTP/1.1`,
      `Host: ${authority}`,
      `Cookie: ${cookie}`,
    ]
    expect(statusOf(await exchange(port, absolute))).toBe(403)
    expect(requests).toEqual([])
  })
})
