import { describe, expect, it } from 'vitest'
import { ApiError, createClient, type Search } from '../../../client/src/index.ts'
import { longerInterval } from '../../../client/src/wait-for-import.ts'

interface Sent {
  method: string
  path: string
  body: unknown
  /** Those of a condition. */
  conditions?: Record<string, string>
}

const json = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers })
const unavailable = () =>
  json(503, { code: 'REDIS_BUSY', detail: 'Loading', errors: [] }, { 'retry-after': '0' })

/** A client whose requests get these answers, one after the other, and the last one forever. */
function against(answers: (() => Response)[], settings: { retries?: number; url?: string } = {}) {
  const sent: Sent[] = []
  const client = createClient({
    url: 'http://shop.test',
    ...settings,
    fetch: async (url, { method = '', body, headers, signal }) => {
      signal?.throwIfAborted()
      const { pathname, search } = new URL(url)
      sent.push({
        method,
        path: pathname + search,
        body: body === undefined ? body : JSON.parse(String(body)),
        ...conditionsOf(headers),
      })
      const answer = answers[Math.min(sent.length, answers.length) - 1]
      if (answer === undefined) throw new Error('No answer is left')
      return answer()
    },
  })
  return { client, sent }
}

function conditionsOf({ 'content-type': _, ...conditions }: Record<string, string>) {
  return Object.keys(conditions).length === 0 ? {} : { conditions }
}

it('a wait asks ever less often, at last every ten intervals', () => {
  let interval = 200
  let waitedMs = 0
  for (let polls = 0; polls < 25; polls++) {
    waitedMs += interval
    interval = longerInterval(interval, 200)
  }
  expect(interval).toBe(2_000)
  expect(waitedMs).toBeLessThan(20_000)
})

describe('the client', () => {
  it('asks what the routes take, and gives what they answer', async () => {
    const { client, sent } = against([() => json(200, { results: [], answers: ['a'], imports: ['b'] })])
    const search: Search = {
      user: '1',
      k: 2,
      filter: { labels: { $in: ['kids'] }, $not: { labels: 'road' } },
    }
    expect(await client.search(search)).toMatchObject({ results: [] })
    expect(await client.searchBatch([search])).toEqual(['a'])
    await client.similar('a/b ü', { k: 3, labels: ['kids', "it's (new)"], age: undefined })
    expect(await client.imports.list()).toEqual(['b'])
    await client.imports.cancel('1')
    await client.index.provision({ force: true })
    expect(sent).toEqual([
      { method: 'POST', path: '/search', body: search },
      { method: 'POST', path: '/search', body: { searches: [search] } },
      {
        method: 'GET',
        path: '/users/a%2Fb%20%C3%BC/similar?k=3&labels=kids%2Cit%27s%20%28new%29',
        body: undefined,
      },
      { method: 'GET', path: '/imports', body: undefined },
      { method: 'DELETE', path: '/imports/1', body: undefined },
      { method: 'PUT', path: '/index', body: { force: true } },
    ])
  })

  it.each(['http://shop.test/lookalike', 'http://shop.test/lookalike/'])(
    'keeps the path of its URL: %s',
    async (url) => {
      const { client, sent } = against([() => json(200, { results: [] })], { url })
      await client.search({ user: '1' })
      await client.similar('a/b', { k: 3 })
      expect(sent.map(({ path }) => path)).toEqual([
        '/lookalike/search',
        '/lookalike/users/a%2Fb/similar?k=3',
      ])
    },
  )

  it.each(['.', '..'])('refuses the id %s, which no URL can name', async (id) => {
    const { client, sent } = against([() => json(200, {})])
    await expect(client.users.delete(id)).rejects.toThrow('Expected an id other than . and ..')
    expect(sent).toEqual([])
  })

  it('reads a user only if the version is another', async () => {
    const user = { id: '1', version: 'v2', document: {} }
    const { client, sent } = against([() => new Response(null, { status: 304 }), () => json(200, user)])
    expect(await client.users.getIfChanged('1', 'v1')).toBeUndefined()
    expect(await client.users.getIfChanged('1', 'v1')).toEqual(user)
    const conditions = { 'if-none-match': '"v1"' }
    const request = { method: 'GET', path: '/users/1', body: undefined, conditions }
    expect(sent).toEqual([request, request])
  })

  it('writes, deletes and erases a user, once, at a version', async () => {
    const { client, sent } = against([
      unavailable,
      () => json(200, { version: 'v2' }),
      () => json(200, { deleted: true, erased: false }),
      () => json(200, { deleted: true, erased: true }),
      () => new Response(null, { status: 204 }),
    ])
    await expect(client.users.put('1', { labels: 'x' }, { version: 'v1' })).rejects.toMatchObject({
      code: 'REDIS_BUSY',
    })
    expect(await client.users.put('1', {}, { isNew: true })).toEqual({ version: 'v2' })
    expect(await client.users.delete('1', { version: 'v2' })).toMatchObject({ erased: false })
    expect(await client.users.erase('1')).toMatchObject({ erased: true })
    expect(await client.erasures.undo('1')).toBeUndefined()
    expect(sent).toEqual([
      { method: 'PUT', path: '/users/1', body: { labels: 'x' }, conditions: { 'if-match': '"v1"' } },
      { method: 'PUT', path: '/users/1', body: {}, conditions: { 'if-none-match': '*' } },
      { method: 'DELETE', path: '/users/1', body: undefined, conditions: { 'if-match': '"v2"' } },
      { method: 'DELETE', path: '/users/1?erase=true', body: undefined },
      { method: 'DELETE', path: '/erasures/1', body: undefined },
    ])
  })

  it('throws a problem with its code and places', async () => {
    const errors = [{ path: 'vector', message: 'Expected 3 dimensions, got 2' }]
    const { client, sent } = against([() => json(400, { code: 'VECTOR_DIMENSIONS', detail: 'no', errors })])
    const error = await client.search({ vector: [1, 2] }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      status: 400,
      code: 'VECTOR_DIMENSIONS',
      errors,
      message: 'POST /search: 400 VECTOR_DIMENSIONS: no',
    })
    expect(sent).toHaveLength(1)
  })

  it("throws what is API Gateway's without a code", async () => {
    const { client } = against([() => json(403, { message: 'Forbidden' })])
    await expect(client.index.get()).rejects.toMatchObject({
      code: undefined,
      message: 'GET /index: 403 Forbidden',
    })
  })

  it('asks again when it is told to, and when the connection broke', async () => {
    const broken = () => {
      throw new TypeError('fetch failed')
    }
    const { client, sent } = against([unavailable, broken, () => json(200, { state: 'ready' })])
    expect(await client.index.get()).toEqual({ state: 'ready' })
    expect(sent).toHaveLength(3)
  })

  it('gives up after two more tries, or as many as it was told', async () => {
    const { client, sent } = against([unavailable])
    await expect(client.index.get()).rejects.toMatchObject({ status: 503, retryAfterSeconds: 0 })
    expect(sent).toHaveLength(3)
    const once = against([unavailable], { retries: 0 })
    await expect(once.client.index.get()).rejects.toThrow(ApiError)
    expect(once.sent).toHaveLength(1)
  })

  it('does not wait when an answer asks for more than ten seconds', async () => {
    const { client, sent } = against([() => json(503, {}, { 'retry-after': '60' })])
    await expect(client.index.get()).rejects.toMatchObject({ retryAfterSeconds: 60 })
    expect(sent).toHaveLength(1)
  })

  it('starts an import, cancels one, rolls back and restores once, whatever happens', async () => {
    const { client, sent } = against([unavailable])
    await expect(client.imports.start({ key: 'imports/users.ndjson' })).rejects.toThrow(ApiError)
    await expect(client.index.rollBack()).rejects.toThrow(ApiError)
    await expect(client.imports.cancel('1')).rejects.toThrow(ApiError)
    await expect(client.index.restore({ ids: ['7'] })).rejects.toThrow(ApiError)
    expect(sent).toHaveLength(4)
  })

  it('takes the 503 of a health check for an answer, and no other', async () => {
    const sick = { status: 'unavailable', problems: ['The index is absent (0 %)'] }
    expect(await against([() => json(503, sick)]).client.health()).toEqual(sick)
    const gateway = against([() => json(503, { message: 'Service Unavailable' })])
    await expect(gateway.client.health()).rejects.toThrow('503 Service Unavailable')
  })

  it('stops when it is told to, between two tries, too', async () => {
    const aborting = new AbortController()
    const { client, sent } = against([
      () => {
        setTimeout(() => aborting.abort(new Error('enough')))
        return json(503, {}, { 'retry-after': '9' })
      },
    ])
    await expect(client.index.get({ signal: aborting.signal })).rejects.toThrow('enough')
    expect(sent).toHaveLength(1)
  })

  it('waits for an import that is about to begin, not for the one before', async () => {
    const earlier = { startedAt: 'a', duplicateAt: null, state: 'COMPLETED', etag: '1' }
    const running = { ...earlier, startedAt: 'b', state: 'RUNNING', updatedAt: 'b' }
    const states: string[] = []
    const { client } = against([
      () => json(404, { code: 'IMPORT_NOT_FOUND', detail: 'none' }),
      () => json(200, earlier),
      () => json(200, running),
      () => json(200, { ...running, state: 'PARTIAL' }),
    ])
    // Only what it is compared by.
    const before = await against([() => json(200, earlier)]).client.imports.get('x')
    const status = await client.imports.wait('x', {
      before,
      etag: '1',
      pollMs: 1,
      onProgress: ({ state }) => states.push(state),
    })
    expect(status).toMatchObject({ state: 'PARTIAL', startedAt: 'b' })
    expect(states).toEqual(['RUNNING', 'PARTIAL'])
  })

  it('waits no longer for an import that itself waits for a person', async () => {
    const running = { startedAt: 'a', updatedAt: 'a', duplicateAt: null, state: 'RUNNING', etag: '1' }
    const waiting = { ...running, waiting: { code: 'INDEX_DRIFTED', message: 'Expected', since: 'a' } }
    const again = { ...waiting, updatedAt: 'b' }
    const first = against([running, waiting].map((status) => () => json(200, status)))
    expect(await first.client.imports.wait('x', { etag: '1', pollMs: 1 })).toEqual(waiting)
    // What an earlier attempt waited for is no news; the next attempt's answer is.
    const before = await first.client.imports.get('x')
    const second = against([waiting, waiting, again].map((status) => () => json(200, status)))
    expect(await second.client.imports.wait('x', { before, etag: '1', pollMs: 1 })).toEqual(again)
  })

  it('waits for the end of the same import when it goes on', async () => {
    const running = { startedAt: 'a', updatedAt: 'a', duplicateAt: null, state: 'RUNNING', etag: '1' }
    const ended = { ...running, state: 'COMPLETED' }
    const { client } = against([running, running, ended].map((status) => () => json(200, status)))
    const before = await client.imports.get('x')
    expect(await client.imports.wait('x', { before, etag: '1', pollMs: 1 })).toEqual(ended)
  })

  it('ends the wait for content that was replaced, or without news', async () => {
    const replaced = () => json(200, { key: 'imports/a.json', startedAt: 'b', etag: '2', state: 'RUNNING' })
    await expect(against([replaced]).client.imports.wait('x', { etag: '1' })).rejects.toThrow(
      'Another upload replaced imports/a.json',
    )
    const none = () => json(404, { code: 'IMPORT_NOT_FOUND', detail: 'none' })
    await expect(against([none]).client.imports.wait('x', { pollMs: 1, patienceMs: 20 })).rejects.toThrow(
      'got none',
    )
  })
})
