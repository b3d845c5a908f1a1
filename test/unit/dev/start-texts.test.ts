import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { movedLine, readPort } from '../../../dev/ports.ts'
import { problemText } from '../../../dev/problem-text.ts'
import { progressLine } from '../../../dev/progress-line.ts'
import { loadingText } from '../../../dev/redis/loading.ts'

describe('a line for what takes its time', () => {
  it('says how much of the data is loaded, and how long the rest takes', () => {
    expect(loadingText({ percent: 41.6, secondsLeft: 19 })).toBe(
      'Redis is loading its data: 42 %, some 19 s left',
    )
    expect(loadingText({ percent: 0, secondsLeft: undefined })).toBe('Redis is loading its data: 0 %')
    expect(loadingText({ percent: 5, secondsLeft: 700 })).toBe(
      'Redis is loading its data: 5 %, some 12 min left',
    )
  })

  function written(isTTY: boolean, texts: string[]): string {
    const stream = Object.assign(new PassThrough(), { isTTY })
    const line = progressLine(stream)
    for (const text of texts) line.tell(text)
    line.clear()
    return String(stream.read() ?? '')
  }

  it('is rewritten in a terminal, and gone at the end', () => {
    expect(written(true, ['loading: 1 %', 'loading: 2 %'])).toBe(
      '\r\x1b[Kloading: 1 %\r\x1b[Kloading: 2 %\r\x1b[K',
    )
  })

  it('is in a log when there is news', () => {
    expect(written(false, ['loading: 1 %', 'loading: 2 %', 'building: 1 %'])).toBe(
      'loading: 1 %\nbuilding: 1 %\n',
    )
    expect(written(false, [])).toBe('')
  })
})

describe('a port', () => {
  it('is that of its variable, else the default', () => {
    expect(readPort('PORT', 3000, { PORT: '' })).toEqual({
      variable: 'PORT',
      wanted: 3000,
      isExplicit: false,
    })
    expect(readPort('PORT', 3000, { PORT: '80' })).toEqual({ variable: 'PORT', wanted: 80, isExplicit: true })
    for (const PORT of ['x', '-1', '65536', '1.5', 'tcp://10.0.0.1:6379'])
      expect(() => readPort('PORT', 3000, { PORT })).toThrow(`PORT: expected a port, got "${PORT}"`)
  })

  it('is named when it is another than the default', () => {
    const wanted = { variable: 'PORT', wanted: 3000, isExplicit: false }
    expect(movedLine(wanted, 'the API', 'http://127.0.0.1:3000')).toBeUndefined()
    expect(movedLine({ ...wanted, wanted: 0 }, 'the API', 'http://127.0.0.1:3001')).toBeUndefined()
    expect(movedLine(wanted, 'the API', 'http://127.0.0.1:13000')).toBe(
      'Port 3000 is taken: the API is at http://127.0.0.1:13000 (PORT asks for another port)',
    )
  })
})

describe('what is said of an index that is not as defined', () => {
  const status = { state: 'drifted', documents: 4, percentIndexed: 100 } as const
  const metric = { field: 'vector.metric', expected: 'L2', actual: 'COSINE' }
  const dimensions = { field: 'vector.dimensions', expected: 384, actual: 3 }
  const folder = { dataDir: '/data', redisUrl: undefined }

  it('names what differs, and the ways out', () => {
    const text = problemText({ status: { ...status, drift: [metric] }, problem: 'No room.' }, folder)
    expect(text).toContain(
      'the data in /data are of another definition.\n  vector.metric: "L2" in the definition, "COSINE" in the index\nNo room.\n',
    )
    expect(text).toContain('npm run index -- apply  ')
    expect(text).toContain('DATA_DIR=FOLDER npm start')
  })

  it('says that users of other dimensions are not found by an index of these', () => {
    const text = problemText({ status: { ...status, drift: [dimensions] }, problem: null }, folder)
    expect(text).toContain('npm run index -- apply --force   begins an index of 384 dimensions')
  })

  it('shows of a Redis that is not ours its host alone', () => {
    const place = { ...folder, redisUrl: 'redis://u:p@ssw0rd@shop:6379' }
    const text = problemText({ status: { ...status, drift: [metric] }, problem: null }, place)
    expect(text).toContain('the data in the Redis at shop:6379 are of another definition')
    expect(text).not.toMatch(/ssw0rd|DATA_DIR/)
  })

  it('says how far an index is that Redis has stopped building', () => {
    const partial = { ...status, state: 'partial', percentIndexed: 12 } as const
    expect(problemText({ status: { ...partial, drift: [] }, problem: null }, folder)).toBe(
      'Lookalike runs, and is not ready: the index is partial (12 %).',
    )
  })
})
