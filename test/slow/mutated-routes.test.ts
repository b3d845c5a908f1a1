import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { damageText, mutateJson } from '../support/mutate-json.ts'
import { type Random, seeded, testSeed } from '../support/random.ts'
import { request, useStack } from '../support/stack.ts'

const REQUESTS = 20_000
const AT_ONCE = 16

interface HttpExample {
  rawPath: string
  rawQueryString: string
  headers: Record<string, string>
  requestContext: { http: { method: string } }
  body?: string
  isBase64Encoded: boolean
}

/** One valid request, or one with a known fault, of every route: the examples that `test/integration/events` runs. */
const EXAMPLES: readonly HttpExample[] = readEvents().filter((event) => event.rawPath !== undefined)

function readEvents(): HttpExample[] {
  const folder = new URL('../../events/', import.meta.url)
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
const ODD_TEXTS = [
  '',
  '..',
  '%00',
  '%',
  '%ff',
  '%2F',
  '*',
  '0',
  '-1',
  '1e99',
  'x'.repeat(3_000),
  '[',
  'a=b',
  '%F0',
]
const ODD_HEADERS: readonly [string, string][] = [
  ...(['if-match', 'if-none-match'] as const).flatMap((name): [string, string][] =>
    ['*', '"', 'W/"1"', '"1", "2"', ','.repeat(2_000)].map((value) => [name, value]),
  ),
  ['content-type', 'text/plain'],
  ['content-type', 'application/json; charset=latin1'],
  ['accept', 'text/html'],
  ['content-encoding', 'gzip'],
  ['x-request-id', 'a b\tc'],
]

/** The target, method, headers and body of an example, of which some parts differ. */
function mutate(random: Random, { rawPath, rawQueryString, headers, requestContext, body }: HttpExample) {
  const odd = () => random.oneOf(ODD_TEXTS)
  const segments = rawPath.split('/').map((segment, i) => (i > 1 && random.below(6) === 0 ? odd() : segment))
  const query = rawQueryString.split('&').map((pair) => (random.below(4) === 0 ? `${pair}=${odd()}` : pair))
  if (random.below(8) === 0) query.push(`${random.oneOf(['k', 'limit', 'after', 'fields', 'x'])}=${odd()}`)
  const method = random.below(10) === 0 ? random.oneOf(METHODS) : requestContext.http.method
  const extra = random.below(6) === 0 ? [random.oneOf(ODD_HEADERS)] : []
  const hasBody = method !== 'GET' && method !== 'HEAD' && body !== undefined
  return {
    target: `${segments.join('/')}?${query.join('&')}`,
    init: {
      method,
      redirect: 'manual' as const,
      headers: Object.fromEntries([...Object.entries(headers), ...extra]),
      ...(hasBody && { body: damageText(random, mutateBody(random, body)) }),
    },
  }
}

function mutateBody(random: Random, body: string): string {
  try {
    return JSON.stringify(mutateJson(random, JSON.parse(body))) ?? ''
  } catch {
    return body
  }
}

describe('npm start', () => {
  const stack = useStack()

  it(`answers ${REQUESTS} mutated requests to all its routes, none with 5xx and none at length`, async () => {
    const random = seeded(testSeed('ROUTE_SEED'))
    const statuses = new Map<number, number>()
    for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) {
      const mutated = Array.from({ length: AT_ONCE }, () => mutate(random, random.oneOf(EXAMPLES)))
      await Promise.all(
        mutated.map(async ({ target, init }) => {
          const answer = await fetch(stack().apiUrl + target, init)
          const text = await answer.text()
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
          const sentence = [init.method, target, init.body, answer.status >= 500 ? text : '']
          expect([...sentence, answer.status >= 500, text.length > 200_000]).toEqual([
            ...sentence,
            false,
            false,
          ])
        }),
      )
    }
    console.log([...statuses].map(([status, count]) => `${status}: ${count}`).join(', '))
    expect(await request(stack().apiUrl, '/health')).toMatchObject({ status: 200 })
    for (const jobs of ['imports', 'audiences']) {
      await expect.poll(() => unfinished(stack().apiUrl, jobs), { timeout: 120_000 }).toEqual([])
    }
  }, 1_800_000)
})

/** Every import and audience that these requests started has to end. */
async function unfinished(url: string, jobs: string): Promise<unknown[]> {
  const { body } = await request<Record<string, { state: string }[]>>(url, `/${jobs}?limit=100`)
  return (body[jobs] ?? []).filter(({ state }) => state === 'RUNNING' || state === 'QUEUED')
}
