import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bigEndian,
  decimalText,
  float32Text,
  floatText,
  halfFloat,
} from '../../../lib/import/formats/parquet/number-text.ts'
import {
  dateText,
  instantText,
  int96Text,
  intervalText,
} from '../../../lib/import/formats/parquet/temporal.ts'

const MILLIS_PER_DAY = 86_400_000
/** Where JavaScript's Date ends. */
const MAX_DAYS = 100_000_000

describe('a date', () => {
  it('is what Date says, for every day that Date has', () => {
    fc.assert(
      fc.property(fc.integer({ min: -MAX_DAYS, max: MAX_DAYS }), (days) => {
        const [expected] = new Date(days * MILLIS_PER_DAY).toISOString().split('T')
        expect(dateText(days)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    [0, '1970-01-01'],
    [-719_528, '0000-01-01'],
    [-719_529, '-000001-12-31'],
    [2_932_896, '9999-12-31'],
    [2_932_897, '+010000-01-01'],
    [2 ** 31 - 2, '+5881580-07-10'],
    [-(2 ** 31), '-5877641-06-23'],
    [2 ** 31 - 1, 'infinity'],
    [-(2 ** 31) + 1, '-infinity'],
  ])('of %i days is %s', (days, text) => {
    expect(dateText(days)).toBe(text)
  })
})

describe('a moment', () => {
  it('is what Date says, in milliseconds and in smaller units', () => {
    const limit = MAX_DAYS * MILLIS_PER_DAY
    fc.assert(
      fc.property(fc.integer({ min: -limit, max: limit }), fc.constantFrom(3, 6, 9), (millis, digits) => {
        const units = BigInt(millis) * 10n ** BigInt(digits - 3)
        const expected = new Date(millis).toISOString().replace('Z', `${'0'.repeat(digits - 3)}Z`)
        expect(instantText(units, digits)).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it('has all digits, before 1970 too, and beyond what Date has', () => {
    expect(instantText(-1n, 9)).toBe('1969-12-31T23:59:59.999999999Z')
    expect(instantText(2n ** 63n - 2n, 3)).toBe('+292278994-08-17T07:12:55.806Z')
    expect(instantText(2n ** 63n - 1n, 6)).toBe('infinity')
    expect(instantText(-(2n ** 63n) + 1n, 6)).toBe('-infinity')
  })

  it('of INT96 is nanoseconds and a Julian day', () => {
    const bytes = Buffer.alloc(12)
    bytes.writeBigInt64LE(1n)
    bytes.writeInt32LE(2_440_589, 8)
    expect(int96Text(bytes)).toBe('1970-01-02T00:00:00.000000001Z')
  })

  it('of an interval is a duration', () => {
    const interval = (months: number, days: number, millis: number) =>
      intervalText(Buffer.from(Uint32Array.of(months, days, millis).buffer))
    expect(interval(14, 3, 4_005)).toBe('P14M3DT4.005S')
    expect(interval(0, 3, 0)).toBe('P3D')
    expect(interval(0, 0, 5)).toBe('PT0.005S')
    expect(interval(0, 0, 0)).toBe('PT0S')
  })
})

describe('a decimal', () => {
  it.each([
    [0n, 0, '0'],
    [0n, 2, '0.00'],
    [-5n, 2, '-0.05'],
    [123n, 0, '123'],
    [-(2n ** 63n), 0, '-9223372036854775808'],
    [2n ** 64n - 1n, 0, '18446744073709551615'],
    [2n ** 64n, 0, '"18446744073709551616"'],
    [123456789012345n, 3, '123456789012.345'],
    [1234567890123456n, 3, '"1234567890123.456"'],
    [12345678901234_000000000n, 9, '12345678901234.000000000'],
    [12345678901234567890123456789n, 9, '"12345678901234567890.123456789"'],
  ])('of %i with %i digits behind the point is %s', (unscaled, scale, text) => {
    expect(decimalText(unscaled, scale, false)).toBe(text)
    expect(decimalText(unscaled, scale, true)).toBe(text.replaceAll('"', ''))
  })

  it('that is a number is the same number in RedisJSON, which makes a double of it', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
        fc.integer({ min: 1, max: 30 }),
        (n, scale) => {
          const text = decimalText(n, scale, false)
          if (text.startsWith('"')) return
          // Of 15 digits a double gives the same back.
          const [whole = '', fraction = ''] = text.split('.')
          const double = Number(text).toLocaleString('en', { useGrouping: false, maximumFractionDigits: 30 })
          const [doubleWhole = '', doubleFraction = ''] = double.split('.')
          expect([Number(doubleWhole), doubleFraction]).toEqual([Number(whole), fraction.replace(/0+$/, '')])
        },
      ),
    )
  })

  it('of bytes begins with the most significant', () => {
    expect(bigEndian(Buffer.of(0xff, 0x85))).toBe(-123n)
    expect(bigEndian(Buffer.of(0, 0x80))).toBe(128n)
    expect(bigEndian(Buffer.alloc(0))).toBe(0n)
  })
})

describe('a float', () => {
  it('has no digit more than it needs, and words of JSON alone', () => {
    expect(
      [0.1, -0, 1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map(floatText),
    ).toEqual(['0.1', '-0', '1e+300', 'null', '1e999', '-1e999'])
    expect(float32Text(Math.fround(0.1))).toBe('0.1')
    expect(float32Text(Number.NaN)).toBe('null')
  })

  it.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65_504],
    [0x0001, 2 ** -24],
    [0x0400, 2 ** -14],
    [0x8000, -0],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('of 16 bits %i is %d', (bits, value) => {
    expect(halfFloat(bits)).toBe(value)
  })
})
