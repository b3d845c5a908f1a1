import { describe, expect, it } from 'vitest'
import { packCommand, toBuffers, toTextCommand } from '../../../lib/redis/rest/request.ts'

/** Cut in the middle of a UTF-8 sequence: as text it would be three other bytes. */
const cut = Buffer.from('f18080', 'hex')

describe('over HTTP, a command', () => {
  it('is sent as it is where it is text, also in bytes', () => {
    expect(toTextCommand(['JSON.SET', 'user:ü', '$', Buffer.from('{"a":"ü"}')])).toEqual([
      ...['JSON.SET', 'user:ü', '$', '{"a":"ü"}'],
    ])
    expect(toTextCommand(['SET', 'key', cut])).toBeUndefined()
  })

  it('is packed with its bytes as words, least significant byte first, and how many they are', () => {
    const vector = Buffer.from(Float32Array.of(1, -2).buffer)
    expect(packCommand(['HSET', 'user:1', 'vector', vector])).toEqual(
      '4 4 8 2 1065353216 3221225472 HSET user:1 vector '.split(' '),
    )
    expect(packCommand(['SET', 'key', cut])).toEqual(['3', '3', '3', '1', '8421617', 'SET', 'key', ''])
    expect(packCommand(['GET', 'key'])).toEqual(['2', '0', '0', '0', 'GET', 'key'])
  })

  it('that searches has no time limit of Redis, in whose answer nothing would tell of it', () => {
    expect(toTextCommand(['FT.SEARCH', 'idx', '*'])?.slice(-2)).toEqual(['TIMEOUT', '0'])
    expect(packCommand(['FT.SEARCH', 'idx', '*', 'PARAMS', '2', 'v', cut])).toEqual(
      '9 7 3 1 8421617 FT.SEARCH idx * PARAMS 2 v  TIMEOUT 0'.split(' '),
    )
  })

  it('is refused with bytes in two places, and when it speaks of its connection', () => {
    const refused = expect.objectContaining({ code: 'TRANSPORT_UNSUPPORTED' })
    expect(() => packCommand(['SET', cut, cut])).toThrow(refused)
    expect(() => toTextCommand(['CLIENT', 'LIST'])).toThrow(refused)
  })

  it('has texts of its reply as bytes again', () => {
    expect(toBuffers(['102,97', '', null, 3])).toEqual([Buffer.from('fa'), Buffer.alloc(0), null, 3])
  })
})
