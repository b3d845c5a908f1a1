import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { parseJsonBody, readRecordBody } from '../../../lib/lambda/body.ts'
import { findDuplicateMember } from '../../../lib/lambda/duplicate-member.ts'
import { validate } from '../../../lib/lambda/validate.ts'
import { httpEvent } from '../../support/http-event.ts'

const code = (name: string) => expect.objectContaining({ code: name })

describe('a body', () => {
  const body = (text: string, isBase64Encoded = false) =>
    parseJsonBody(httpEvent('POST /search', { body: text, isBase64Encoded }))

  it('is read as text and as base64', () => {
    expect(body('{"k":2}')).toEqual({ k: 2 })
    expect(body(Buffer.from('{"k":2}').toString('base64'), true)).toEqual({ k: 2 })
  })

  it.each(['{', '', 'k=2'])('that is %j is no JSON', (text) => {
    expect(() => body(text)).toThrow(expect.objectContaining({ code: 'BODY_NOT_JSON' }))
  })

  it('has at most 1 MiB', () => {
    expect(() => body(`"${'x'.repeat(1024 * 1024)}"`)).toThrow(
      expect.objectContaining({ code: 'BODY_TOO_LARGE' }),
    )
    expect(() => body(`"${'x'.repeat(1024 * 1024 - 2)}"`)).not.toThrow()
  })

  it('of another shape is refused with each place', () => {
    const schema = v.strictObject({ k: v.number(), user: v.string() })
    expect(() => validate(schema, { k: 'x', user: 1 })).toThrow(
      expect.objectContaining({
        code: 'REQUEST_INVALID',
        problems: [expect.objectContaining({ path: 'k' }), expect.objectContaining({ path: 'user' })],
      }),
    )
  })

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/merge-patch+json',
    '',
  ])('of the type %j is read', (contentType) => {
    expect(
      parseJsonBody(httpEvent('POST /search', { body: '{}', headers: { 'content-type': contentType } })),
    ).toEqual({})
  })

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=latin1'])(
    'of the type %j is refused',
    (contentType) => {
      const event = httpEvent('POST /search', { body: '{}', headers: { 'content-type': contentType } })
      expect(() => parseJsonBody(event)).toThrow(code('MEDIA_TYPE_UNSUPPORTED'))
      expect(() => readRecordBody(event)).toThrow(code('MEDIA_TYPE_UNSUPPORTED'))
    },
  )

  it('in Latin-1 is refused, whether it came as bytes or was decoded by the gateway', () => {
    const latin1 = Buffer.from('{"user":"J\u00fcrgen"}', 'latin1')
    expect(() => body(latin1.toString('base64'), true)).toThrow(code('BODY_NOT_UTF8'))
    expect(() => body(latin1.toString('utf8'))).toThrow(code('BODY_NOT_UTF8'))
    expect(body(Buffer.from('{"user":"J\u00fcrgen"}').toString('base64'), true)).toEqual({
      user: 'J\u00fcrgen',
    })
  })

  it.each([
    ['{"k":1,"k":2}', 'k'],
    ['{"filter":{"labels":"a","\\u006cabels":"b"}}', 'filter.labels'],
    ['{"like":["1",{"user":"2","user":"3"}]}', 'like[1].user'],
    ['[[],{"a":[{"b":0,"c":{},"b":[]}]}]', '[1].a[0].b'],
    ['{"":1,"":2}', ''],
    ['{"__proto__":1,"a":2,"__proto__":3}', '__proto__'],
  ])('that names a member twice is refused: %s', (text, path) => {
    expect(findDuplicateMember(text, JSON.parse(text))).toBe(path)
    expect(() => body(text)).toThrow(code('REQUEST_INVALID'))
    expect(() => readRecordBody(httpEvent('PUT /users/{id}', { body: text }))).toThrow(
      code('REQUEST_INVALID'),
    )
  })

  it.each([
    '{"a":{"k":1},"b":{"k":1},"k":[{"k":1},{"k":2}]}',
    '{"a":"\\"k\\":1,","b":"}:{","c":["x","x",":"]}',
    '{"__proto__":{"__proto__":1}}',
    '[1,"a","a"]',
    'null',
  ])('that names each member once is read: %s', (text) => {
    expect(findDuplicateMember(text, JSON.parse(text))).toBeUndefined()
  })

  it('that names a member twice with an escape is refused, although V8 reads one of them as another name', () => {
    JSON.parse('{"id":"1","b":1,"\\\\":1}')
    const text = '{"id":"1","\\u0062":1,"\\u0062":2}'
    expect(findDuplicateMember(text, JSON.parse(text))).toBe('b')
  })

  it('is scanned once, however it is written', () => {
    for (const text of [`"${'\\\\'.repeat(200_000)}"`, '['.repeat(5_000) + ']'.repeat(5_000)]) {
      expect(findDuplicateMember(text, JSON.parse(text))).toBeUndefined()
    }
  })
})
