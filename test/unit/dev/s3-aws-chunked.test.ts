import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeAwsChunked } from '../../../dev/s3/aws-chunked.ts'

const CHUNKED =
  'A;chunk-signature=0a1b\r\n012345\r\n89\r\n3\r\nabc\r\n0\r\nX-Amz-Checksum-CRC32: AAAAAA==\r\nb:c\r\n\r\n'
const PLAIN = '012345\r\n89abc'

describe('decodeAwsChunked', () => {
  it('gives bytes and trailers wherever the network cuts the body', async () => {
    for (let size = 1; size <= CHUNKED.length; size++) {
      const { bytes, trailers } = await decode(cut(CHUNKED, size))
      expect(bytes).toBe(PLAIN)
      expect(trailers).toEqual({ 'x-amz-checksum-crc32': 'AAAAAA==', b: 'c' })
    }
  })

  it('gives back any bytes that were encoded', async () => {
    const chunk = fc.string({ unit: fc.constantFrom('a', '0', '\r', '\n', ';', 'ü'), minLength: 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(chunk), fc.integer({ min: 1, max: 20 }), async (chunks, size) => {
        const encoded = chunks.map((text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`)
        const { bytes } = await decode(cut(`${encoded.join('')}0\r\n\r\n`, size))
        expect(bytes).toBe(chunks.join(''))
      }),
    )
  })

  it('fails when the body ends anywhere before its end', async () => {
    for (let length = 0; length < CHUNKED.length; length++) {
      await expect(decode([CHUNKED.slice(0, length)])).rejects.toMatchObject({ code: 'IncompleteBody' })
    }
  })

  it.each([
    ['a size that is no number', 'x\r\n', 'InvalidRequest'],
    ['a size below zero', '-1\r\n', 'InvalidRequest'],
    ['more bytes than the size says', '1\r\nab\r\n0\r\n\r\n', 'IncompleteBody'],
    ['a line without end', 'a'.repeat(5000), 'InvalidRequest'],
    ['bytes behind the end', '0\r\n\r\nmore', 'InvalidRequest'],
  ])('fails on %s', async (_, body, code) => {
    await expect(decode([body])).rejects.toMatchObject({ code })
  })
})

async function decode(pieces: string[]) {
  const trailers = new Map<string, string>()
  const chunks: Buffer[] = []
  for await (const chunk of decodeAwsChunked(stream(pieces), trailers)) chunks.push(chunk)
  return { bytes: Buffer.concat(chunks).toString(), trailers: Object.fromEntries(trailers) }
}

async function* stream(pieces: string[]) {
  for (const piece of pieces) yield Buffer.from(piece, 'latin1')
}

/** The UTF-8 bytes of the text in pieces of that size, each as latin1. */
function cut(text: string, size: number): string[] {
  return (
    Buffer.from(text)
      .toString('latin1')
      .match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
  )
}
