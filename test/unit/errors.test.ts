import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ERRORS, show, toAppError } from '../../lib/errors.ts'

describe('the table of errors', () => {
  it('and docs/errors.md name the same codes, with the same status', () => {
    const documented = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
      .split('\n')
      .flatMap((line) =>
        [...line.matchAll(/^\| `([A-Z0-9_]+)` \| (\d+) \|/g)].map(([, code, status]) => `${code} ${status}`),
      )
    const coded = Object.entries(ERRORS).map(([code, { status }]) => `${code} ${status}`)
    expect(documented.toSorted()).toEqual(coded.toSorted())
  })

  it('never asks a queue to try a mistake of the user again', () => {
    const retried = Object.values(ERRORS).filter(({ status, retry }) => retry && status < 500)
    expect(retried).toEqual([])
  })
})

describe('an error', () => {
  it('that nobody foresaw becomes INTERNAL and keeps its cause, not its text', () => {
    const cause = new Error('password=hunter2')
    const error = toAppError(cause)
    expect(error).toMatchObject({ code: 'INTERNAL', status: 500, cause })
    expect(error.message).not.toContain('hunter2')
  })

  it('shows at most 40 characters of a value, and of a list or an object only its kind', () => {
    expect(show('x'.repeat(1000)).length).toBeLessThan(45)
    expect(show([1, 2])).toBe('an array of 2')
    expect(show({ secret: 1 })).toBe('an object')
    expect(show(null)).toBe('null')
  })
})
