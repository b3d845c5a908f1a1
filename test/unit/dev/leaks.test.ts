import { describe, expect, it } from 'vitest'
import { toBytes } from '../../../lib/vector.ts'
import { canary, findLeaks } from '../../support/leaks.ts'

const bytes = toBytes(Float32Array.from(canary.vector), 'FLOAT32')
const shifted = (by: number, text: string | Buffer) =>
  Buffer.concat([Buffer.from('xyz'.slice(0, by)), Buffer.from(text), Buffer.from('xyz')]).toString('base64')

describe('the finder of leaks finds', () => {
  it.each([
    ['a password in a URL', `redis://user:${canary.password}@shop`],
    ['a record inside of a record', JSON.stringify({ line: JSON.stringify({ descr: canary.text }) })],
    ['a record in hex', Buffer.from(`{"labels":"${canary.tag}"}`).toString('hex')],
    ['a vector', JSON.stringify(canary.vector)],
    ['a vector, one number a line', JSON.stringify(canary.vector, null, 2)],
    ['a vector as float32', JSON.stringify(Array.from(Float32Array.from(canary.vector)))],
    ['a vector in base64', bytes.toString('base64')],
    ['a vector in hex', bytes.toString('hex')],
    ['a vector of the bike shop', '"vector": [\n 0.9,\n 0.7,\n 0.2 ]'],
    ...[0, 1, 2].flatMap((by) => [
      [`a record in base64, ${by} bytes later`, shifted(by, canary.text)],
      [`a vector in base64, ${by} bytes later`, shifted(by, bytes)],
    ]),
  ])('%s', (_name, text) => {
    expect(findLeaks(`{"level":"INFO","message":"x","more":"${text}"}`)).not.toEqual([])
  })

  it('nothing in what handlers log', () => {
    const line = { level: 'INFO', message: 'request', route: 'POST /search', status: 200, tookMs: 3, k: 10 }
    expect(findLeaks(JSON.stringify(line))).toEqual([])
  })
})
