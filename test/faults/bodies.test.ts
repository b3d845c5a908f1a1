import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Fault, FaultPlan } from '../../dev/s3/server.ts'
import { line, useImports } from '../support/imports.ts'
import { randomFaults } from '../support/moments.ts'
import type { Random } from '../support/random.ts'
import { put, read } from '../support/s3.ts'

const FILES = 40
const RECORDS = 2_000

const isReject = (i: number) => i % 11 === 10
const userOf = (file: number, i: number) => line(`${file} ${i}`, isReject(i) ? [0, 0, 0] : [1, i + 1, 0.5])
const linesOf = (file: number) => Array.from({ length: RECORDS }, (_, i) => userOf(file, i))

/** At most two in a row that end a body: a third one without a byte between them is a fault of S3. */
function troubles(random: Random, size: number): Fault[] {
  const breakOff = (): Fault =>
    random.oneOf([
      { cutAfterBytes: random.below(size) },
      { cutAfterBytes: random.below(size) },
      { stallAfterBytes: random.below(size) },
      { status: 503, code: 'SlowDown' },
    ])
  const slow = { bytesPerSecond: random.between(0.3, 2) * size }
  return random.oneOf([
    [breakOff()],
    [breakOff(), breakOff()],
    [slow],
    [breakOff(), slow],
    [breakOff(), breakOff(), slow],
  ])
}

describe('an import of an object', () => {
  const imports = useImports()

  it('whose body is cut, stalled, slow or refused at random places has exactly the result of a whole one', async () => {
    const random = randomFaults()
    const plans = new Map<string, Fault[]>()
    const fault: FaultPlan = ({ method, key }) => (method === 'GET' ? plans.get(key)?.shift() : undefined)
    const { client, run } = await imports.setUp('imports/first.ndjson', '', { s3: { fault } })
    const places = linesOf(0).flatMap((_, i) => (isReject(i) ? [i + 1] : []))

    async function expectExact(file: number): Promise<void> {
      const key = `imports/${file}.ndjson`
      const lines = linesOf(file)
      const body = lines.join('')
      const plan = troubles(random, body.length)
      const what = JSON.stringify(plan)
      plans.set(key, plan)
      const { ETag = '' } = await put(client, key, body)
      const report = await run({ key, etag: ETag.replaceAll('"', '') })
      const written = RECORDS - places.length
      expect(report, what).toMatchObject({
        ...{ state: 'PARTIAL', read: RECORDS, written, searchable: written, rejected: places.length },
        ...{ unchanged: 0, deleted: 0, problem: null, bytesRead: body.length },
      })
      const rejects = (await read(client, report.rejects ?? '')) ?? ''
      const rejected = rejects.trim().split('\n')
      expect(
        rejected.map((text) => JSON.parse(text).line),
        what,
      ).toEqual(places)
      const good = lines.filter((_, i) => !isReject(i)).map((text) => JSON.parse(text))
      const stored = await imports.redis.send(['JSON.MGET', ...good.map(({ id }) => `user:${id}`), '$'])
      const documents = Array.isArray(stored) ? stored.map((text) => JSON.parse(String(text))[0]) : []
      expect(documents, what).toEqual(good)
    }

    await Promise.all(Array.from({ length: FILES }, (_, file) => expectExact(file)))
  })

  it('whose gzip is cut at any of its last 64 bytes is never COMPLETED, and has what came before', async () => {
    const body = gzipSync(
      linesOf(0)
        .filter((_, i) => !isReject(i))
        .join(''),
    )
    const { client, run } = await imports.setUp('imports/whole.ndjson.gz', body)
    const whole = await run()
    expect(whole).toMatchObject({ state: 'COMPLETED', rejected: 0 })
    for (let missing = 1; missing <= 64; missing++) {
      const key = `imports/${missing}.ndjson.gz`
      const { ETag = '' } = await put(client, key, body.subarray(0, -missing))
      const { state, problem, ...counts } = await run({ key, etag: ETag.replaceAll('"', '') })
      expect({ missing, state, code: problem?.code }).toEqual({
        ...{ missing, state: 'PARTIAL', code: 'FILE_TRUNCATED' },
      })
      expect(counts.unchanged).toBeGreaterThan(0.9 * whole.read)
      // Of the last eight bytes, which only prove what came before, none holds a record.
      if (missing <= 8) expect(counts).toMatchObject({ unchanged: whole.read, rejected: 0 })
    }
  })
})
