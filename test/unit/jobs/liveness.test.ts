import { expect, it } from 'vitest'
import { isAlive } from '../../../lib/jobs/liveness.ts'

const ago = (ms: number) => new Date(Date.now() - ms).toISOString()

it.each([
  ['RUNNING', 1_000, undefined, true],
  ['RUNNING', 59_000, undefined, true],
  ['RUNNING', 61_000, undefined, false],
  ['RUNNING', 61_000, 120_000, true],
  ['COMPLETED', 1_000, undefined, false],
] as const)(
  'a job that is %s and saved its progress %i ms ago, of %s, is alive: %s',
  (state, ms, silenceMs, alive) => {
    expect(isAlive({ state, updatedAt: ago(ms) }, silenceMs)).toBe(alive)
  },
)
