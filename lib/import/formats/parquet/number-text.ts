import { shortFloat32 } from './short-float32.ts'

/** A double has all numbers of so many digits. */
const EXACT_DIGITS = 15
const [MIN_INT64, MAX_UINT64] = [-(2n ** 63n), 2n ** 64n - 1n]

/** JSON.stringify writes these numbers with every digit: it would make 0 of -0, and null of Infinity. */
export function isPlainNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0)
}

/**
 * A float or a double as JSON. JSON has no NaN and no infinity: NaN becomes null, and infinity a number that no double
 * can hold, which the check of the record rejects with its path.
 */
export function floatText(value: number): string {
  if (isPlainNumber(value)) return String(value)
  if (value === 0) return '-0'
  return Number.isNaN(value) ? 'null' : `${value < 0 ? '-' : ''}1e999`
}

/** A float of 32 bits, in as few digits as make the same float again. */
export function float32Text(value: number): string {
  return floatText(Number.isFinite(value) ? shortFloat32(value) : value)
}

/** A float of 16 bits: a sign, 5 bits of exponent and 10 of fraction. */
export function halfFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/**
 * A decimal with every digit: a number if RedisJSON keeps it as it is, else text. RedisJSON keeps whole numbers of 64
 * bits, and makes doubles of all others.
 *
 * @param isNumeric whether the index takes a number here, and no text
 */
export function decimalText(unscaled: bigint, scale: number, isNumeric: boolean): string {
  const sign = unscaled < 0n ? '-' : ''
  const digits = String(unscaled)
    .slice(sign.length)
    .padStart(scale + 1, '0')
  const text = scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  const isExact =
    scale === 0
      ? MIN_INT64 <= unscaled && unscaled <= MAX_UINT64
      : digits.replace(/^0+/, '').replace(/0+$/, '').length <= EXACT_DIGITS
  return isExact || isNumeric ? text : `"${text}"`
}

/** The bytes of a decimal, the most significant first. */
export function bigEndian(bytes: Buffer): bigint {
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
}
