import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseRate, startSchedules } from '../../../dev/local/schedule.ts'

describe('a local schedule', () => {
  beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-22T10:00:00.500Z') }))
  afterEach(() => void vi.useRealTimers())

  it.each([
    ['rate(1 minute)', 60_000],
    ['rate(15 minutes)', 900_000],
    ['rate(1 hour)', 3_600_000],
    ['rate(2 days)', 172_800_000],
  ])('takes %s for %i milliseconds', (rate, milliseconds) => {
    expect(parseRate(rate)).toBe(milliseconds)
  })

  it.each(['cron(0 12 * * ? *)', 'rate(0 minutes)', 'rate(1.5 hours)', 'rate(15 minutes', ''])(
    'refuses "%s" by name',
    (expression) => {
      expect(() => parseRate(expression)).toThrow(`got ${expression}: only rates run locally`)
    },
  )

  it('invokes its function after each interval, and no more once stopped', () => {
    const invoked: string[] = []
    const invoke = async (name: string) => void invoked.push(name)
    const schedules = startSchedules({
      schedules: [{ rate: 'rate(15 minutes)', functionName: 'check-index' }],
      invoke,
    })
    vi.advanceTimersByTime(899_999)
    expect(invoked).toEqual([])
    vi.advanceTimersByTime(900_001)
    expect(invoked).toEqual(['check-index', 'check-index'])
    schedules.stop()
    vi.advanceTimersByTime(9_000_000)
    expect(invoked).toHaveLength(2)
  })

  it('sends the event that EventBridge sends', () => {
    const events: unknown[] = []
    const invoke = async (_name: string, event: unknown) => void events.push(event)
    startSchedules({ schedules: [{ rate: 'rate(1 minute)', functionName: 'check-index' }], invoke }).stop()
    expect(events).toEqual([])

    const schedules = startSchedules({
      schedules: [{ rate: 'rate(1 minute)', functionName: 'check-index' }],
      invoke,
    })
    vi.advanceTimersByTime(60_000)
    schedules.stop()
    expect(events).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'Scheduled Event',
        source: 'aws.events',
        account: '000000000000',
        time: '2026-11-22T10:01:00Z',
        region: 'us-east-1',
        resources: ['arn:aws:events:us-east-1:000000000000:rule/check-index'],
        detail: {},
      },
    ])
  })

  it('reports a failed run, and runs again', async () => {
    const reports: unknown[] = []
    const cause = new Error('Redis is away')
    const schedules = startSchedules({
      schedules: [{ rate: 'rate(1 minute)', functionName: 'check-index' }],
      invoke: () => Promise.reject(cause),
      report: (...words) => void reports.push(words),
    })
    await vi.advanceTimersByTimeAsync(120_000)
    schedules.stop()
    const report = ['The scheduled run of check-index failed:', cause]
    expect(reports).toEqual([report, report])
  })
})
