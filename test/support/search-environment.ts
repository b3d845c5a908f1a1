import { expect, onTestFinished } from 'vitest'
import { httpEvent } from './http-event.ts'
import { type Invocation, type LambdaEnvironment, startEnvironment } from './lambda-environment.ts'
import { startProxy, type ToxicProxy } from './toxic-proxy.ts'

export interface SearchEnvironment extends LambdaEnvironment {
  /** By default with so little time that the deadline is a second. */
  search(body: object, options?: { timeoutMs?: number }): Promise<Searched>
}

/** What became of a search, and by the environment's own clock when. */
export interface Searched {
  /** The ids found, or the code of a clean error: whatever else a handler may answer fails the test. */
  outcome: string[] | string
  ms: number
}

/** The answer is due this long before the invocation ends (lib/lambda/http.ts). */
const RESERVE_MS = 500
export const BUDGET_MS = 1_000

/** A warm environment of `search-users`. */
export async function startSearch(env: Record<string, string>): Promise<SearchEnvironment> {
  const environment = await startEnvironment({ functionName: 'search-users', env })
  return {
    ...environment,
    async search(body, { timeoutMs = BUDGET_MS + RESERVE_MS } = {}) {
      const event = httpEvent('POST /search', { body: JSON.stringify(body) })
      const invocation = await environment.invoke(event, { timeoutMs })
      return { outcome: outcomeOf(invocation), ms: invocation.ms }
    },
  }
}

/** A proxy before a server, closed after the test, and the URL that leads through it, with the same user. */
export async function proxyTo(target: { url: string }): Promise<{ proxy: ToxicProxy; url: string }> {
  const url = new URL(target.url)
  const proxy = await startProxy({ target: { host: url.hostname, port: Number(url.port) } })
  onTestFinished(proxy.close)
  url.host = `${proxy.host}:${proxy.port}`
  return { proxy, url: url.href }
}

function outcomeOf({ result, error }: Invocation): string[] | string {
  expect(error).toBeUndefined()
  expect(result).toMatchObject({ statusCode: expect.any(Number), body: expect.any(String) })
  const { statusCode, headers, body } = result as { statusCode: number; headers: unknown; body: string }
  const answer: { results: { id: string }[]; complete: boolean; code: string } = JSON.parse(body)
  if (statusCode === 200) {
    expect(answer).toMatchObject({ complete: true, results: expect.any(Array) })
    return answer.results.map(({ id }) => id)
  }
  expect([503, 504], body).toContain(statusCode)
  expect(headers).toMatchObject({
    'content-type': 'application/problem+json',
    'retry-after': expect.stringMatching(/^\d+$/),
  })
  expect(answer.code).toMatch(/^REDIS_(UNAVAILABLE|TIMEOUT|BUSY)$/)
  return answer.code
}
