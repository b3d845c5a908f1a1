import { describe, expect, it } from 'vitest'
import { conditionFailure, isNotModified, parseConditions } from '../../../lib/users/conditions.ts'

describe('the conditions of a request', () => {
  it.each([
    [{}, {}],
    [{ 'if-match': '*' }, { match: '*' }],
    [{ 'if-match': '"a-_9"' }, { match: ['a-_9'] }],
    [{ 'if-match': ' "a", "b" ' }, { match: ['a', 'b'] }],
    [{ 'if-match': 'a' }, { match: ['a'] }],
    // RFC 9110, 13.1.1: a weak tag never matches in If-Match.
    [{ 'if-match': 'W/"a", "b"' }, { match: ['b'] }],
    [{ 'if-match': 'W/"a"' }, { match: [] }],
    [{ 'if-none-match': '*' }, { noneMatch: '*' }],
    [{ 'if-none-match': 'W/"a", "b"' }, { noneMatch: ['a', 'b'] }],
  ])('of the headers %j are %j', (headers, conditions) => {
    expect(parseConditions(headers)).toEqual(conditions)
  })

  it.each([
    { 'if-match': '' },
    { 'if-match': '"a", b c' },
    { 'if-match': '"a" "b"' },
    { 'if-match': 'w/"a"' },
    { 'if-none-match': '' },
    { 'if-none-match': '*, "a"' },
    { 'if-none-match': Array.from({ length: 101 }, () => '"a"').join() },
  ])('cannot be %j', (headers) => {
    expect(() => parseConditions(headers)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }))
  })

  it.each([
    [{}, undefined, undefined],
    [{}, 'a', undefined],
    [{ match: ['b', 'a'] }, 'a', undefined],
    [{ match: '*' }, 'a', undefined],
    [{ noneMatch: '*' }, undefined, undefined],
    [{ noneMatch: ['b'] }, 'a', undefined],
    [{ match: ['b', 'c'] }, 'a', 'Expected the version b or c, got a (If-Match)'],
    [{ match: [] }, 'a', 'Expected the version none, because weak versions never match, got a (If-Match)'],
    [{ match: ['b'] }, undefined, 'Expected a stored user, got none (If-Match)'],
    [{ match: '*' }, undefined, 'Expected a stored user, got none (If-Match)'],
    [{ noneMatch: '*' }, 'a', 'Expected no such user, got a (If-None-Match)'],
    [{ noneMatch: ['b', 'a'] }, 'a', 'Expected another version, got a (If-None-Match)'],
    [{ noneMatch: '*', match: '*' }, 'a', 'Expected no such user, got a (If-None-Match)'],
  ] as const)('%j, with the version %s: %s', (conditions, version, message) => {
    expect(conditionFailure(conditions, version)?.message).toBe(message)
  })

  it('say of a GET whether the caller has the version already', () => {
    expect(isNotModified({ noneMatch: ['a'] }, 'a')).toBe(true)
    expect(isNotModified({ noneMatch: '*' }, 'a')).toBe(true)
    expect(isNotModified({ noneMatch: ['b'] }, 'a')).toBe(false)
    expect(isNotModified({}, 'a')).toBe(false)
  })
})
