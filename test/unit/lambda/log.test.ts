import { afterEach, describe, expect, it, vi } from 'vitest'
import { reportError } from '../../../dev/local/report.ts'
import { createLog } from '../../../lib/lambda/log.ts'

const key = 'imports/\u001b[2J\u009b2J\u202e.ndjson'

afterEach(() => vi.restoreAllMocks())

describe('a line of a log', () => {
  it('holds no control character of a key: it is read in terminals', () => {
    const printed = vi.spyOn(console, 'warn').mockReturnValue()
    createLog('import-users').warn(`no ${key}`, { key, nested: [{ key }] })
    const line = String(printed.mock.calls[0]?.[0])
    expect(JSON.parse(line)).toMatchObject({
      message: 'no imports/\\u001b[2J\\u009b2J\\u202e.ndjson',
      nested: [{ key: 'imports/\\u001b[2J\\u009b2J\\u202e.ndjson' }],
    })
    expect(line.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  })

  it('of an error that npm start prints holds none either', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    reportError('Message 1 failed:', new Error(`S3 did not serve ${key}`))
    const text = String(printed.mock.calls[0]?.[0])
    expect(text).toContain('Error: S3 did not serve imports/\\u001b[2J')
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  })
})
