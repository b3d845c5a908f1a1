import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { AppError, causes, ERRORS, show, toAppError } from '../../lib/errors.ts'

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

  it('asks nobody to try again what waiting does not change', () => {
    const lasting = ['REDIS_CLUSTER', 'MODULE_MISSING', 'TRANSPORT_UNSUPPORTED', 'CONFIG_INVALID'] as const
    expect(lasting.filter((code) => ERRORS[code].retry)).toEqual([])
  })
})

describe('an error', () => {
  it('that nobody foresaw becomes INTERNAL and keeps its cause, not its text', () => {
    const cause = new Error('password=hunter2')
    const error = toAppError(cause)
    expect(error).toMatchObject({ code: 'INTERNAL', status: 500, cause })
    expect(error.message).not.toContain('hunter2')
  })

  it.each([
    ['Syntax error at offset 6 near hunter2', 'Error: Syntax error at offset 6'],
    [`Unexpected token 'h', "hunter2" is not valid JSON`, 'Error: Unexpected token'],
    ["ERR unknown command 'X', with args beginning with: 'hunter2'", 'Error: ERR unknown command'],
    ['No such attribute `hunter2`', 'Error: No such attribute'],
    ['Bad value (hunter2)', 'Error: Bad value'],
    ['Cannot connect to redis://user:hunter2@shop', 'Error: Cannot connect to redis'],
    ["the index's blob size does not match", "Error: the index's blob size does not match"],
    ['connect ECONNREFUSED 127.0.0.1:6379', 'Error: connect ECONNREFUSED 127.0.0.1:6379'],
  ])('logs the cause %j up to what it quotes', (message, logged) => {
    const cause = new Error(message, { cause: new AppError('INTERNAL', 'deeper') })
    expect(causes(toAppError(cause))).toEqual([logged, 'AppError: deeper'])
  })

  it('logs both refusals of a host with two addresses, and the name of an error without a message', () => {
    const refusals = ['::1', '127.0.0.1'].map((host) => new Error(`connect ECONNREFUSED ${host}:6379`))
    const cause = new AggregateError(refusals, '')
    expect(causes(toAppError(cause))).toEqual([
      'AggregateError: connect ECONNREFUSED ::1:6379, connect ECONNREFUSED 127.0.0.1:6379',
    ])
    const missing = Object.assign(new Error(''), { name: 'ParameterNotFound' })
    expect(causes(toAppError(missing))).toEqual(['ParameterNotFound'])
  })

  it('shows at most 40 characters of a value, and of a list or an object only its kind', () => {
    expect(show('x'.repeat(1000)).length).toBeLessThan(45)
    expect(show([1, 2])).toBe('an array of 2')
    expect(show({ secret: 1 })).toBe('an object')
    expect(show(null)).toBe('null')
  })
})
