import { expect, it } from 'vitest'
import { pacer } from '../../../lib/audiences/pacer.ts'

it('tells about how long the work takes that is left, and does it piece by piece', () => {
  const pace = pacer(1)
  expect(pace.backlogMs).toBe(0)
  const done: number[] = []
  for (let i = 0; i < 5; i++) pace.later(() => void done.push(i))
  expect(pace.backlogMs).toBe(Number.POSITIVE_INFINITY)
  pace.work(0)
  expect(done).toEqual([0])
  expect(pace.backlogMs).toBeGreaterThan(0)
  expect(pace.backlogMs).toBeLessThan(Number.POSITIVE_INFINITY)
  while (pace.backlogMs > 0) pace.work(0)
  expect(done).toEqual([0, 1, 2, 3, 4])
  expect(pace.backlogMs).toBe(0)
})
