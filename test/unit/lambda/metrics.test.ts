import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { METRICS } from '../../../lib/lambda/metric-table.ts'
import { createMetrics } from '../../../lib/lambda/metrics.ts'
import { FUNCTIONS } from '../../../lib/redis/acl.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

function emitted(run: (metrics: ReturnType<typeof createMetrics>) => void, stage?: string): unknown[] {
  const lines: string[] = []
  run(createMetrics({ stage, functionName: 'check-index', write: (line) => void lines.push(line) }))
  return lines.map((line) => JSON.parse(line))
}

describe('metrics', () => {
  it('are lines that CloudWatch reads by its Embedded Metric Format, by stage and function', () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_000)
    const context = { dimensions: { k: '10' }, about: { requestId: 'r1' } }
    expect(emitted((metrics) => metrics({ Recall: 0.994, GroupRecall: null }, context), 'prod')).toEqual([
      {
        requestId: 'r1',
        _aws: {
          Timestamp: 1_700_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: 'Lookalike',
              Dimensions: [['stage', 'function', 'k']],
              Metrics: [{ Name: 'Recall', Unit: 'None' }],
            },
          ],
        },
        stage: 'prod',
        function: 'check-index',
        k: '10',
        Recall: 0.994,
      },
    ])
  })

  it('write no line when nothing was measured, and none without a stage', () => {
    expect(emitted((metrics) => metrics({ Recall: null }), 'prod')).toEqual([])
    expect(emitted((metrics) => metrics({ Recall: 1 }))).toEqual([])
  })

  it('are written whatever the log level is', () => {
    vi.stubEnv('LOG_LEVEL', 'SILENT')
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    createMetrics({ stage: 'prod', functionName: 'search-users' })({ Searches: 1 })
    expect(write).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/"Searches":1}\n$/))
  })
})

describe('the table of metrics', () => {
  const names = Object.keys(METRICS)

  it('names only functions that exist', () => {
    const known = new Set<string>([...FUNCTIONS, '*'])
    const strangers = Object.values(METRICS).flatMap(({ by }) => by.filter((name) => !known.has(name)))
    expect(strangers).toEqual([])
  })

  it('is in docs/observability.md, with each unit, function and meaning', () => {
    const page = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8')
    const rows = Object.entries(METRICS).map(([name, { unit, by, meaning }]) => {
      const functions = by.map((one) => (one === '*' ? 'all' : `\`${one}\``)).join(', ')
      return `| \`${name}\` | ${unit} | ${functions} | ${meaning} |`
    })
    expect(page.match(/^\| `[A-Z]\w+` \| .*$/gm)).toEqual(rows)
    expect(names.length).toBeGreaterThan(40)
  })
})
