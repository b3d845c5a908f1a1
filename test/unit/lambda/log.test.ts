import { afterEach, describe, expect, it, vi } from 'vitest'
import { reportError } from '../../../dev/local/report.ts'
import { createLog, type Log } from '../../../lib/lambda/log.ts'

const key = 'imports/\u001b[2J\u009b2J\u202e.ndjson'

afterEach(() => vi.restoreAllMocks())

describe('a line of a log', () => {
  it('holds no control character of a key: it is read in terminals', () => {
    const printed = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    createLog('import-users').warn(`no ${key}`, { key, nested: [{ key }] })
    const line = String(printed.mock.calls[0]?.[0])
    expect(JSON.parse(line)).toMatchObject({
      message: 'no imports/\\u001b[2J\\u009b2J\\u202e.ndjson',
      nested: [{ key: 'imports/\\u001b[2J\\u009b2J\\u202e.ndjson' }],
    })
    expect(line.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  })

  it('goes to stderr if it warns, and nowhere below the level of the log', () => {
    const written: string[] = []
    for (const name of ['stdout', 'stderr'] as const)
      vi.spyOn(process[name], 'write').mockImplementation((line) => written.push(`${name} ${line}`) > 0)
    const levelsOf = (log: Log) => {
      for (const level of ['info', 'warn', 'error'] as const)
        log[level]('done', { count: 1, none: undefined })
      return written.splice(0).map((text) => text.replace(/^(\w+) .*"level":"(\w+)".*\n$/, '$1 $2'))
    }
    expect(levelsOf(createLog('imports'))).toEqual(['stdout INFO', 'stderr WARN', 'stderr ERROR'])
    expect(levelsOf(createLog('imports', { logLevel: 'WARN' }))).toEqual(['stderr WARN', 'stderr ERROR'])
    expect(levelsOf(createLog('imports', { logLevel: 'SILENT' }))).toEqual([])
  })

  it('of an error that npm start prints holds none either', () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    reportError('Message 1 failed:', new Error(`S3 did not serve ${key}`))
    const text = String(printed.mock.calls[0]?.[0])
    expect(text).toContain('Error: S3 did not serve imports/\\u001b[2J')
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u)
  })
})
