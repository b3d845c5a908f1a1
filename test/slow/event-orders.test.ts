import { hash } from 'node:crypto'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import type { S3Event } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { objectCreatedEvent } from '../../dev/s3/server.ts'
import { importBucket, startImporter } from '../support/import-environment.ts'
import { line, useImports } from '../support/imports.ts'
import { BUCKET, put } from '../support/s3.ts'

type Content = 'A' | 'B' | undefined

interface Step {
  content: Content
  sequencer: string
}

/** What happened to an object. By their numbers, or by their letters as they stand, these sequencers lie. */
const steps: readonly Step[] = [
  { content: 'A', sequencer: '0A' },
  { content: 'B', sequencer: '0a1' },
  { content: 'A', sequencer: '0B' },
  { content: undefined, sequencer: '0B0001' },
]
const MAX_EVENTS = 5

const users = { A: ['1', '2'], B: ['1', '3'] }

describe('the events of put A, put B, put A again, delete, in every order, with every duplicate', () => {
  const imports = useImports()

  it.each([
    ['after all of it has happened', true],
    ['as soon as what they tell of has happened', false],
  ])('bring the state of the greatest sequencer, and write nothing twice: %s', async (_, isLate) => {
    const { client, url } = await importBucket()
    const { invoke } = await startImporter(url, {
      REDIS_URL: imports.urlOf('import-users'),
      LOG_LEVEL: 'WARN',
    })

    /** The object, as far as it has got. */
    function objectOf(key: string) {
      let happened = -1
      return {
        content: () => steps[happened]?.content,
        async reach(step: number): Promise<void> {
          for (; happened < step; happened++) {
            const content = steps[happened + 1]?.content
            if (content !== undefined) await put(client, key, fileOf(key, content))
            else await client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: key }))
          }
        },
      }
    }

    const orders = allOrders()
    for (const [number, { history, order }] of orders.entries()) {
      const key = `imports/${number}.ndjson`
      const object = objectOf(key)
      const expected = expectation()
      await imports.redis.send(['CONFIG', 'RESETSTAT'])
      if (isLate) await object.reach(history.length - 1)
      for (const index of order) {
        const step = history[index] ?? { content: undefined, sequencer: '' }
        await object.reach(index)
        expect(await invoke(eventOf(key, step)), String(order)).toMatchObject({ result: expect.any(Array) })
        expected.deliver(step.content, object.content())
      }
      expect(await storedUsers(key), String(order)).toEqual(expected.users)
      expect(await imports.calls('json\\.set'), String(order)).toBe(expected.writes())
      const last = history.at(-1)
      if (last?.content !== undefined) {
        const newest = Object.fromEntries(users[last.content].map((id) => [id, last.content]))
        expect(expected.users, String(order)).toMatchObject(newest)
        expect((await imports.ledgerOf(key)).ended?.sequencer, String(order)).toBe(last.sequencer)
      }
    }
    expect(orders.length).toBe(513)
  })

  /** By id, whose content the user has. */
  async function storedUsers(key: string): Promise<Record<string, string>> {
    const ids = ['1', '2', '3']
    const replies = await imports.redis.send([
      'JSON.MGET',
      ...ids.map((id) => `user:${key} ${id}`),
      '$.labels',
    ])
    const labels = Array.isArray(replies) ? replies : []
    const stored = ids.map((id, i) => [id, String(labels[i])]).filter(([, text]) => text !== 'null')
    return Object.fromEntries(stored.map(([id, text = '']) => [id, JSON.parse(text)[0]]))
  }
})

/** Every order of up to five events, each of which tells of a step and none of which is missing. */
function allOrders(): { history: readonly Step[]; order: number[] }[] {
  return steps.flatMap((_, last) => {
    const history = steps.slice(0, last + 1)
    const lengths = Array.from({ length: MAX_EVENTS - last }, (_, i) => history.length + i)
    return lengths
      .flatMap((length) => sequences(history.length, length))
      .filter((order) => new Set(order).size === history.length)
      .map((order) => ({ history, order }))
  })
}

/** All sequences of so many of the numbers below `count`. */
function sequences(count: number, length: number): number[][] {
  if (length === 0) return [[]]
  return sequences(count, length - 1).flatMap((rest) => Array.from({ length: count }, (_, i) => [...rest, i]))
}

/** What must come of it: an event counts while the object still has the content that it tells of. */
function expectation() {
  const stored: Record<string, string> = {}
  let writes = 0
  return {
    users: stored,
    writes: () => writes,
    deliver(told: Content, present: Content): void {
      if (told === undefined || told !== present) return
      for (const id of users[told]) {
        if (stored[id] !== told) writes++
        stored[id] = told
      }
    },
  }
}

function fileOf(key: string, content: 'A' | 'B'): string {
  return users[content].map((id) => line(`${key} ${id}`, [1, 2, 3], { labels: content })).join('')
}

function eventOf(key: string, { content, sequencer }: Step): S3Event {
  const file = content === undefined ? '' : fileOf(key, content)
  const event = objectCreatedEvent({
    ...{ by: 'Put', bucket: BUCKET, key, size: file.length, etag: hash('md5', file) },
    ...{ sequencer, requestId: 'test', time: new Date() },
  })
  const records = event.Records.map((record) => ({ ...record, eventName: 'ObjectRemoved:Delete' }))
  return content === undefined ? { Records: records } : event
}
