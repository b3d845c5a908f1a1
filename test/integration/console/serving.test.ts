import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { exchange, statusOf } from '../../support/raw-http.ts'
import { useStack } from '../../support/stack.ts'

const stack = useStack()
const get = (path: string, init: RequestInit = {}) =>
  fetch(new URL(path, stack().apiUrl), { redirect: 'manual', ...init })

const policy = () =>
  [
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:",
    `connect-src 'self' ${stack().s3Url}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  ].join('; ')

it('a browser that asks for / is led to the console, and a program to the API', async () => {
  const browser = await get('/', { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } })
  expect(browser.status).toBe(302)
  expect(browser.headers.get('location')).toBe('/console/')
  expect((await get('/console')).headers.get('location')).toBe('/console/')

  for (const accept of ['*/*', 'application/json']) {
    const program = await get('/', { headers: { accept } })
    expect(program.status).toBe(404)
    expect(await program.json()).toMatchObject({ code: 'ROUTE_UNKNOWN' })
  }
  expect(await (await get('/', { method: 'POST', body: '{}' })).json()).toMatchObject({
    code: 'ROUTE_UNKNOWN',
  })
})

it('the page and its files come with a strict policy, and only files named by their content stay in caches', async () => {
  const page = await get('/console/')
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
  expect(page.headers.get('cache-control')).toBe('no-cache')
  const html = await page.text()
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|style=|\son\w+=|(src|href)="(?!data:|\.\/)/)
  const files = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => `/console/${name}`)
  expect(files).toHaveLength(2)
  for (const path of ['/console/', ...files, '/console/console-config.json', '/console/none.js']) {
    const { headers } = await get(path)
    expect(headers.get('content-security-policy'), path).toBe(policy())
    expect(headers.get('x-content-type-options'), path).toBe('nosniff')
    expect(headers.get('referrer-policy'), path).toBe('no-referrer')
  }
  for (const path of files) {
    const file = await get(path)
    expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const etag = file.headers.get('etag') ?? ''
    expect((await get(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
    const head = await get(path, { method: 'HEAD' })
    expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: '' })
  }
})

it('the console has less than 150 kB, packed', async () => {
  const html = await (await get('/console/')).text()
  const paths = [...html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)].map(([, name]) => `/console/${name}`)
  const files = await Promise.all(paths.map(async (path) => (await get(path)).arrayBuffer()))
  const bytes = files.map((file) => gzipSync(Buffer.from(file)).length).reduce((a, b) => a + b, 0)
  expect(bytes).toBeGreaterThan(10_000)
  expect(bytes).toBeLessThan(150_000)
})

it('the console has no other file, and takes no other method', async () => {
  expect((await get('/console/none.js')).status).toBe(404)
  expect((await get('/console/', { method: 'POST', body: '{}' })).status).toBe(405)
  const port = Number(new URL(stack().apiUrl).port)
  for (const path of [
    '/console/../package.json',
    '/console/%2e%2e/package.json',
    '/console/..%2fpackage.json',
  ]) {
    const answer = await exchange(port, [`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`])
    expect(statusOf(answer), path).toBe(404)
  }
})

it('a page of another origin does not get the console', async () => {
  const refused = [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe' },
  ]
  for (const headers of refused) expect((await get('/console/', { headers })).status).toBe(403)
})
