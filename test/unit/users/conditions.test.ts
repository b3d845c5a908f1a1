import { describe, expect, it } from 'vitest'
import { conditionFailure, parseConditions } from '../../../lib/users/conditions.ts'

describe('the conditions of a write', () => {
  it.each([
    [{}, {}],
    [{ 'if-match': '*' }, { match: '*' }],
    [{ 'if-match': '"a-_9"' }, { match: ['a-_9'] }],
    [{ 'if-match': ' "a", "b" ' }, { match: ['a', 'b'] }],
    [{ 'if-match': 'a' }, { match: ['a'] }],
    [{ 'if-none-match': '*' }, { isNew: true }],
  ])('of the headers %j are %j', (headers, conditions) => {
    expect(parseConditions(headers)).toEqual(conditions)
  })

  it.each([
    { 'if-match': '' },
    { 'if-match': 'W/"a"' },
    { 'if-match': '"a", b' },
    { 'if-match': '"a b"' },
    { 'if-none-match': '"a"' },
    { 'if-none-match': '' },
  ])('cannot be %j', (headers) => {
    expect(() => parseConditions(headers)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }))
  })

  it.each([
    [{}, undefined, undefined],
    [{}, 'a', undefined],
    [{ match: ['b', 'a'] }, 'a', undefined],
    [{ match: '*' }, 'a', undefined],
    [{ isNew: true }, undefined, undefined],
    [{ match: ['b', 'c'] }, 'a', 'Expected the version b or c, got a (If-Match)'],
    [{ match: ['b'] }, undefined, 'Expected a stored user, got none (If-Match)'],
    [{ match: '*' }, undefined, 'Expected a stored user, got none (If-Match)'],
    [{ isNew: true }, 'a', 'Expected no such user, got one (If-None-Match)'],
    [{ isNew: true, match: '*' }, 'a', 'Expected no such user, got one (If-None-Match)'],
  ] as const)('%j, with the version %s: %s', (conditions, version, message) => {
    expect(conditionFailure(conditions, version)?.message).toBe(message)
  })
})
