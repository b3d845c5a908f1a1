import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type HttpApi, startHttpApi } from '../../../dev/local/http-api.ts'
import type { Method } from '../../../dev/local/serverless-config.ts'

const routes = [
  route('POST', '/search', 'search-users'),
  route('GET', '/users/{id}/similar', 'search-users'),
  route('GET', '/users/recent/similar', 'recent-users'),
  route('GET', '/health', 'health'),
]

let api: HttpApi
let invocations: { functionName: string; event: unknown }[]
let reports: unknown[][]
let answer: () => unknown
let intercept: (event: APIGatewayProxyEventV2) => unknown

beforeAll(async () => {
  api = await startHttpApi({
    routes,
    invoke: async (functionName, event) => {
      invocations.push({ functionName, event })
      return answer()
    },
    intercept: (event) => intercept(event),
    report: (...words) => reports.push(words),
  })
})
afterAll(() => api.close())
beforeEach(() => {
  invocations = []
  reports = []
  answer = () => ({ statusCode: 200 })
  intercept = () => undefined
})

describe('the event for a request', () => {
  it('is API Gateway’s, in payload format 2.0', async () => {
    await fetch(`${api.url}/users/4/similar?k=10`, { headers: { 'User-Agent': 'bike-shop' } })
    const host = `127.0.0.1:${api.port}`
    expect(invocations).toEqual([
      {
        functionName: 'search-users',
        event: {
          version: '2.0',
          routeKey: 'GET /users/{id}/similar',
          rawPath: '/users/4/similar',
          rawQueryString: 'k=10',
          headers: expect.objectContaining({ host, 'user-agent': 'bike-shop', 'content-length': '0' }),
          queryStringParameters: { k: '10' },
          pathParameters: { id: '4' },
          requestContext: {
            accountId: '000000000000',
            apiId: 'local',
            domainName: host,
            domainPrefix: 'local',
            http: {
              method: 'GET',
              path: '/users/4/similar',
              protocol: 'HTTP/1.1',
              sourceIp: '127.0.0.1',
              userAgent: 'bike-shop',
            },
            requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
            routeKey: 'GET /users/{id}/similar',
            stage: '$default',
            time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
            timeEpoch: expect.closeTo(Date.now(), -4),
          },
          isBase64Encoded: false,
        },
      },
    ])
  })

  it('holds the path decoded, and the query string as it was sent', async () => {
    expect(await eventOf('/users/J%C3%BCrgen%20%2B%20S%C3%B8n/similar?labels=a%20b')).toMatchObject({
      rawPath: '/users/Jürgen + Søn/similar',
      pathParameters: { id: 'Jürgen + Søn' },
      rawQueryString: 'labels=a%20b',
      queryStringParameters: { labels: 'a b' },
    })
  })

  it('decodes a path once only', async () => {
    expect(await eventOf('/users/100%2525/similar')).toMatchObject({ pathParameters: { id: '100%25' } })
  })

  it('takes an id of any length that fits into a request line', async () => {
    const id = 'x'.repeat(8000)
    expect(await eventOf(`/users/${id}/similar`)).toMatchObject({ pathParameters: { id } })
  })

  it('joins the values of a repeated query parameter with commas', async () => {
    expect(await eventOf('/users/1/similar?labels=kids&k=2&labels=road&empty=')).toMatchObject({
      queryStringParameters: { labels: 'kids,road', k: '2', empty: '' },
    })
  })

  it('joins repeated headers with commas, and moves cookies to a list of their own', async () => {
    const headers = { 'X-Shop': ['bike', 'kids'], Cookie: ['a=1; b=2', 'c=3'] }
    const event = await new Promise((resolve, reject) => {
      const request = httpRequest(`${api.url}/health`, { headers }, (response) => {
        response.resume().on('end', () => resolve(invocations[0]?.event))
      })
      request.on('error', reject).end()
    })
    expect(event).toMatchObject({ headers: { 'x-shop': 'bike,kids' }, cookies: ['a=1', 'b=2', 'c=3'] })
    expect(event).not.toHaveProperty('headers.cookie')
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/xml',
    'Text/CSV',
  ])('holds a body of type %s as text', async (type) => {
    const body = '{"descr":"Søren’s bike"}'
    expect(
      await eventOf('/search', { method: 'POST', body, headers: { 'content-type': type } }),
    ).toMatchObject({
      body,
      isBase64Encoded: false,
    })
  })

  it.each([
    'application/octet-stream',
    'application/x-www-form-urlencoded',
    'application/problem+json',
    'image/png',
  ])('holds a body of type %s as base64', async (type) => {
    const body = Uint8Array.of(0, 255, 128, 10)
    expect(
      await eventOf('/search', { method: 'POST', body, headers: { 'content-type': type } }),
    ).toMatchObject({
      body: 'AP+ACg==',
      isBase64Encoded: true,
    })
  })

  it('holds a body without a type as base64', async () => {
    expect(await eventOf('/search', { method: 'POST', body: Uint8Array.of(123, 125) })).toMatchObject({
      body: 'e30=',
      isBase64Encoded: true,
    })
  })

  it('lacks what the request lacks', async () => {
    const event = await eventOf('/search', { method: 'POST' })
    for (const member of ['body', 'cookies', 'pathParameters', 'queryStringParameters']) {
      expect(event).not.toHaveProperty(member)
    }
  })
})

describe('the route of a request', () => {
  it('prefers a literal segment to a variable', async () => {
    await fetch(`${api.url}/users/recent/similar`)
    expect(invocations.map(({ functionName }) => functionName)).toEqual(['recent-users'])
  })

  it.each([
    ['GET', '/'],
    ['GET', '/search'],
    ['OPTIONS', '/search'],
    ['HEAD', '/health'],
    ['GET', '/health/'],
    ['GET', '/HEALTH'],
    ['GET', '/users//similar'],
    ['GET', '/users/a%2Fb/similar'], // decoded before it is routed, as on AWS: two segments
  ])('is 404 for %s %s', async (method, path) => {
    const response = await fetch(api.url + path, { method })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe(method === 'HEAD' ? '' : '{"message":"Not Found"}')
    expect(invocations).toEqual([])
  })

  it('is 400 for a path that cannot be decoded', async () => {
    expect((await fetch(`${api.url}/users/%E0%A4%A/similar`)).status).toBe(400)
  })
})

describe('the answer to a request', () => {
  it('carries the status, headers, cookies and body that the function returned', async () => {
    answer = () => ({
      statusCode: 404,
      headers: { 'Content-Type': 'application/problem+json', 'Retry-After': 5 },
      cookies: ['a=1; Secure', 'b=2'],
      body: '{"code":"USER_MISSING"}',
    })
    const response = await fetch(`${api.url}/health`)
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
    expect(response.headers.get('retry-after')).toBe('5')
    expect(response.headers.getSetCookie()).toEqual(['a=1; Secure', 'b=2'])
    expect(await response.json()).toEqual({ code: 'USER_MISSING' })
  })

  it('is text unless the function says otherwise', async () => {
    answer = () => ({ statusCode: 200, body: 'well' })
    expect((await fetch(`${api.url}/health`)).headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  it('decodes a base64 body', async () => {
    answer = () => ({ statusCode: 200, body: 'AP+ACg==', isBase64Encoded: true })
    const bytes = new Uint8Array(await (await fetch(`${api.url}/health`)).arrayBuffer())
    expect(bytes).toEqual(Uint8Array.of(0, 255, 128, 10))
  })

  it.each([
    [{ results: [] }, '{"results":[]}'],
    [[1, 2], '[1,2]'],
    ['well', 'well'],
    [null, 'null'],
  ])('is 200 and JSON for a result without a status code: %j', async (result, body) => {
    answer = () => result
    const response = await fetch(`${api.url}/health`)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.text()).toBe(body)
  })

  it('is 500 when the function throws, and the error is reported but not sent', async () => {
    const error = new Error('secret detail')
    answer = () => {
      throw error
    }
    const response = await fetch(`${api.url}/health`)
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('{"message":"Internal Server Error"}')
    expect(reports).toEqual([['GET /health failed in health:', error]])
  })

  it.each([{ statusCode: 'fine' }, { statusCode: 99 }, { statusCode: 200, body: { not: 'a string' } }])(
    'is 500 for a malformed result: %j',
    async (result) => {
      answer = () => result
      expect((await fetch(`${api.url}/health`)).status).toBe(500)
      expect(reports).toHaveLength(1)
    },
  )

  it('is 413 for a body of more than 10 MB', async () => {
    const body = new Uint8Array(10 * 1024 * 1024 + 1)
    const response = await fetch(`${api.url}/search`, { method: 'POST', body })
    expect(response.status).toBe(413)
    expect(await response.text()).toBe('{"message":"Request Entity Too Large"}')
    expect(invocations).toEqual([])
  })

  it('is 413 for an event that Lambda would not take', async () => {
    answer = () => {
      throw Object.assign(new Error('too large'), { name: 'RequestTooLargeException' })
    }
    expect((await fetch(`${api.url}/search`, { method: 'POST' })).status).toBe(413)
  })

  it('may come from an intercept in the place of the function', async () => {
    intercept = ({ routeKey }) =>
      routeKey === 'GET /health' ? { statusCode: 503, body: 'starting' } : undefined
    expect((await fetch(`${api.url}/health`)).status).toBe(503)
    expect((await fetch(`${api.url}/search`, { method: 'POST' })).status).toBe(200)
    expect(invocations.map(({ functionName }) => functionName)).toEqual(['search-users'])
  })
})

describe('the server', () => {
  it('answers requests at the same time', async () => {
    const both = Promise.withResolvers<void>()
    answer = async () => {
      if (invocations.length === 2) both.resolve()
      await both.promise
      return { statusCode: 200 }
    }
    const responses = await Promise.all([fetch(`${api.url}/health`), fetch(`${api.url}/health`)])
    expect(responses.map(({ status }) => status)).toEqual([200, 200])
  })

  it('outlives a client that goes away in the middle of its body', async () => {
    const socket = connect(api.port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST /search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nhalf')
    await new Promise((sent) => setTimeout(sent, 50))
    socket.destroy()
    expect((await fetch(`${api.url}/health`)).status).toBe(200)
    expect(reports).toEqual([])
  })

  it('says so when its port is taken', async () => {
    const second = startHttpApi({ routes, invoke: async () => null, port: api.port })
    await expect(second).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('ends within a second, whatever still runs', async () => {
    const stuck = await startHttpApi({ routes, invoke: () => new Promise(() => {}) })
    const hanging = fetch(`${stuck.url}/health`).catch((error: unknown) => error)
    await new Promise((sent) => setTimeout(sent, 50))
    const start = performance.now()
    await stuck.close()
    expect(performance.now() - start).toBeLessThan(1000)
    expect(await hanging).toBeInstanceOf(TypeError)
  })
})

async function eventOf(path: string, init?: RequestInit): Promise<unknown> {
  await fetch(api.url + path, init)
  return invocations[0]?.event
}

function route(method: Method, path: string, functionName: string) {
  return { method, path, functionName, authorizer: 'aws_iam' }
}
