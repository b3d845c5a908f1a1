import { execFileSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gunzip } from '../../../lib/import/formats/gunzip.ts'
import { contentOf, readAll, readerOf, show } from '../../support/records.ts'

const lines = Array.from({ length: 500 }, (_, i) => `{"id":${i},"x":"${Math.sin(i)}"}\n`)
const text = lines.join('')
const packed = gzipSync(text)
const read = readerOf('imports/users.ndjson.gz')

async function records(file: Buffer, sizes?: number[]): Promise<string[]> {
  return (await readAll(read, contentOf(file, sizes))).map(show)
}

async function plain(file: string | Buffer): Promise<string[]> {
  return (await readAll(readerOf('a.ndjson'), contentOf(Buffer.from(file)))).map(show)
}

describe('gzip', () => {
  it('gives the records of the text in it, with their places in it', async () => {
    expect(await records(packed)).toEqual(await plain(text))
    expect(await records(packed)).toHaveLength(500)
  })

  it.each([
    ['.json', `[{"id":1},\n{"id":2}]`, ['1:1 {"id":1}', '2:11 {"id":2}']],
    ['.jsonl', `{"id":1}\n{"id":2}`, ['1:0 {"id":1}', '2:9 {"id":2}']],
  ])('packs %s, too', async (ending, file, expected) => {
    const found = await readAll(readerOf(`imports/users${ending}.gz`), contentOf(gzipSync(file)))
    expect(found.map(show)).toEqual(expected)
  })

  it('of several members is the text of all', async () => {
    const members = [text.slice(0, 1000), '', text.slice(1000, 9000), text.slice(9000)]
    const file = Buffer.concat(members.map((member) => gzipSync(member)))
    expect(await records(file)).toEqual(await plain(text))
    expect(await records(file, [1])).toEqual(await plain(text))
  })

  it('is heard of while it is unpacked up to where reading goes on', async () => {
    const from = { line: 500, byteOffset: text.length - (lines.at(-1)?.length ?? 0) }
    const batches: number[] = []
    for await (const batch of read(contentOf(packed, [1000]), from)) batches.push(batch.length)
    expect(batches.slice(0, -2).filter((length) => length === 0).length).toBeGreaterThan(1)
    // The first says what the format is.
    expect(batches.reduce((sum, length) => sum + length)).toBe(1 + 1)
  })

  it('with a name, a comment, an extra field and a checksum of its header', async () => {
    const header = Buffer.concat([
      Buffer.from([0x1f, 0x8b, 8, 0b11110, 0, 0, 0, 0, 0, 3]),
      Buffer.from([3, 0, 1, 2, 3]),
      Buffer.from('users.ndjson\0a comment\0'),
      Buffer.from([0, 0]),
    ])
    expect(await records(Buffer.concat([header, packed.subarray(10)]))).toEqual(await plain(text))
  })

  it('that gzip itself has made', async () => {
    expect(await records(execFileSync('gzip', ['-9'], { input: text }))).toEqual(await plain(text))
  })

  it('with zeros behind it, which are padding', async () => {
    expect(await records(Buffer.concat([packed, Buffer.alloc(10_000)]))).toEqual(await plain(text))
  })

  it.each([
    ['without a byte in it', Buffer.alloc(0), 'FILE_TRUNCATED'],
    ['of another method', Buffer.from('1f8b0700000000000003', 'hex'), 'FILE_MALFORMED'],
    ['that ends in its header', packed.subarray(0, 7), 'FILE_TRUNCATED'],
    ['that has only a header', packed.subarray(0, 10), 'FILE_TRUNCATED'],
  ])('%s has nothing to read', async (_, file, code) => {
    expect(await records(file)).toEqual([`1:0 file ${code}`])
  })

  it('is text where it is none, whatever its name, and gzip where it is some', async () => {
    expect(await records(Buffer.from(text))).toEqual(await plain(text))
    expect(await plain(packed)).toEqual(await plain(text))
  })

  it('in gzip is unpacked, too, with the rest behind each of its records, and three times is refused', async () => {
    const twice = gzipSync(packed)
    const all = await readAll(read, contentOf(packed))
    expect(await readAll(read, contentOf(twice))).toEqual(all)
    expect(await readAll(read, contentOf(twice), all[299]?.next)).toEqual(all.slice(300))
    expect(await records(gzipSync(twice))).toEqual(['1:0 file FILE_UNSUPPORTED'])
  })

  it('with something behind it gives all its records, and says so', async () => {
    const garbage = Buffer.from('garbage')
    const all = await plain(text)
    const end = `501:${text.length} file FILE_MALFORMED`
    expect(await records(Buffer.concat([packed, garbage]))).toEqual([...all, end])
    expect(await records(Buffer.concat([packed, Buffer.alloc(5000), garbage]))).toEqual([...all, end])
    expect(await records(Buffer.concat([packed, packed.subarray(0, 1)]))).toEqual([
      ...all,
      `501:${text.length} file FILE_TRUNCATED`,
    ])
  })

  it.each(['checksum', 'length'])('with a wrong %s gives all its records, and says so', async (what) => {
    const wrong = Buffer.from(packed)
    const at = wrong.length - (what === 'checksum' ? 8 : 4)
    wrong.writeUInt8((wrong[at] ?? 0) ^ 1, at)
    expect(await records(wrong)).toEqual([...(await plain(text)), `501:${text.length} file FILE_MALFORMED`])
  })

  it('cut at any of its last 64 bytes gives what came before, and is never whole', async () => {
    const all = await plain(text)
    for (let missing = 1; missing <= 64; missing++) {
      const found = await records(packed.subarray(0, -missing))
      expect(found.at(-1)).toMatch(/^\d+:\d+ file FILE_TRUNCATED$/)
      const whole = found.slice(0, -1).filter((record) => !record.endsWith('RECORD_TRUNCATED'))
      expect(whole).toEqual(all.slice(0, whole.length))
      // Deflate packs these lines to a tenth: 64 bytes are some 25 lines.
      expect(whole.length).toBeGreaterThan(460)
      expect(await records(packed.subarray(0, -missing), [7])).toEqual(found)
    }
  })

  it('says of a record that breaks off that it does, even if it could be a whole one', async () => {
    const file = gzipSync('{"id":1}\n{"id":2}').subarray(0, -4)
    expect(await records(file)).toEqual(['1:0 {"id":1}', '2:9 RECORD_TRUNCATED', '2:17 file FILE_TRUNCATED'])
    const json = gzipSync('[{"id":1},{"id":2').subarray(0, -4)
    const found = await readAll(readerOf('a.json.gz'), contentOf(json))
    expect(found.map(show)).toEqual(['1:1 {"id":1}', '1:10 RECORD_TRUNCATED', '1:17 file FILE_TRUNCATED'])
  })

  it('with any bit flipped is never whole, wherever its bytes are cut', async () => {
    const header = 10
    const all = await plain(text)
    // The data end within a byte, before the trailer's eight: what is left of it says nothing.
    const bit = fc
      .integer({ min: header * 8, max: packed.length * 8 - 1 })
      .filter((at) => at >> 3 !== packed.length - 9)
    const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(bit, sizes, async (at, cuts) => {
        const flipped = Buffer.from(packed)
        flipped.writeUInt8((flipped[at >> 3] ?? 0) ^ (1 << (at & 7)), at >> 3)
        const found = await records(flipped, cuts)
        expect(found).toEqual(await records(flipped))
        expect(found).not.toEqual(all)
        expect(found.at(-1)).toMatch(/ file FILE_(MALFORMED|TRUNCATED|TOO_LARGE)$/)
      }),
      { numRuns: 300 },
    )
  })

  it('gives the same records wherever its bytes are cut, and the rest behind each of them', async () => {
    const all = await readAll(read, contentOf(packed))
    const sizes = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(all.length - 1), async (cuts, i) => {
        expect(await readAll(read, contentOf(packed, cuts))).toEqual(all)
        const rest = await readAll(read, contentOf(packed, cuts), all[i]?.next)
        expect(rest).toEqual(all.slice(i + 1))
      }),
      { numRuns: 200 },
    )
  })

  it('passes on what is wrong with S3', async () => {
    const content = contentOf(packed)
    const isAway = () => {
      throw new Error('S3 is away')
    }
    await expect(readAll(read, { ...content, read: isAway })).rejects.toThrow('S3 is away')
  })
})

describe('a bomb', () => {
  async function unpack(file: Buffer, limits?: Parameters<typeof gunzip>[1]) {
    let bytes = 0
    let code: unknown
    try {
      for await (const chunk of gunzip(contentOf(file, [100_000]).read(0), limits)) bytes += chunk.length
    } catch (error) {
      code = error instanceof Object && 'code' in error ? error.code : error
    }
    return { bytes, code }
  }

  it('is stopped at 200 bytes for each that was read', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 ** 2))
    expect(bomb.length).toBeLessThan(110_000)
    const { bytes, code } = await unpack(bomb)
    expect(code).toBe('FILE_TOO_LARGE')
    expect(bytes).toBeGreaterThan(1024 ** 2 - 64 * 1024)
    expect(bytes).toBeLessThan(1024 ** 2 + 64 * 1024)
  })

  it('of a total size is stopped there', async () => {
    const limits = { ratio: 2000, ratioFrom: 0, bytes: 3_000_000 }
    const { bytes, code } = await unpack(gzipSync(Buffer.alloc(10_000_000)), { limits })
    expect(code).toBe('FILE_TOO_LARGE')
    expect(bytes).toBeGreaterThan(3_000_000 - 64 * 1024)
    expect(bytes).toBeLessThanOrEqual(3_000_000)
  })

  it('is not what packs well but is small', async () => {
    const { bytes, code } = await unpack(gzipSync(Buffer.alloc(1024 ** 2)))
    expect({ bytes, code }).toEqual({ bytes: 1024 ** 2, code: undefined })
  })
})
