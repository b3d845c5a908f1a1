import { expect, it } from 'vitest'
import { metrics } from '../../../lib/lambda/metrics.ts'

it('metrics are fields of a log line that CloudWatch reads by its Embedded Metric Format', () => {
  expect(
    metrics({ index: 'idx:user_prefs' }, { Recall: 0.994, GroupRecall: null }, 1_700_000_000_000),
  ).toEqual({
    _aws: {
      Timestamp: 1_700_000_000_000,
      CloudWatchMetrics: [{ Namespace: 'Lookalike', Dimensions: [['index']], Metrics: [{ Name: 'Recall' }] }],
    },
    index: 'idx:user_prefs',
    Recall: 0.994,
  })
})
