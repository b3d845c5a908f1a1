import { expect, it } from 'vitest'
import { secondsBeforeRetry } from '../../../lib/sqs/retry.ts'

it('waits longer after each failure, eight minutes in all, and leaves the last to the dead-letter queue at once', () => {
  const seconds = [1, 2, 3, 4, 5, 6].map(secondsBeforeRetry)
  expect(seconds).toEqual([30, 60, 120, 240, 0, 0])
  expect(seconds.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(480)
})
