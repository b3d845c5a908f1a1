/**
 * RedisJSON 2.8 reads one double in ten with a wrong last digit. It takes the digits as a whole number and multiplies
 * or divides it by a power of ten, which rounds twice. (It uses serde_json without `float_roundtrip`.) A filter's
 * number would then differ from the record's number. Nearly every double has another text that RedisJSON reads
 * correctly.
 */

const POWERS = Array.from({ length: 309 }, (_, power) => Number(`1e${power}`))
const MAX_DIGITS_VALUE = 2n ** 64n
/** Doubles next to the wanted one, nearest first. */
const NEIGHBOURS = [1n, -1n, 2n, -2n, 3n, -3n]

/** A text that RedisJSON and every correct JSON reader read as this double; undefined if there is none. */
export function exactText(double: number): string | undefined {
  const text = String(double)
  if (parseAsRedisJson(text) === double) return text
  const other = exactDigits(Math.abs(double))
  return other === undefined || double >= 0 ? other : `-${other}`
}

/**
 * Two texts for a double without a text of its own, which is one double in 500. RedisJSON reads two numbers from
 * them, and their sum is the double.
 */
export function exactSum(double: number): { first: string; second: string } | undefined {
  for (const step of NEIGHBOURS) {
    const neighbour = fromBits(bitsOf(double) + step)
    const first = exactText(neighbour)
    const second = exactText(double - neighbour)
    if (first !== undefined && second !== undefined) return { first, second }
  }
  return undefined
}

/** Parses a number as RedisJSON does. */
function parseAsRedisJson(text: string): number {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(text) ?? []
  const number = scale(Number(whole + fraction), Number(exponent) - fraction.length)
  return sign === '-' ? -number : number
}

function scale(digits: number, exponent: number): number {
  let [number, rest] = [digits, exponent]
  while (rest < -308 && number !== 0) {
    number /= 1e308
    rest += 308
  }
  const power = POWERS[Math.abs(rest)] ?? Number.POSITIVE_INFINITY
  return rest < 0 ? number / power : number * power
}

/** Tries whole numbers of 16 to 20 digits that a double holds exactly, so that only one rounding happens. */
function exactDigits(double: number): string | undefined {
  const [numerator, denominator] = fractionOf(double)
  const magnitude = Number(/e(.*)$/.exec(double.toExponential())?.[1])
  for (let count = 20; count >= 16; count--) {
    const power = count - 1 - magnitude
    const [up, down] = power >= 0 ? [10n ** BigInt(power), 1n] : [1n, 10n ** BigInt(-power)]
    const digits = (numerator * up) / (denominator * down)
    const step = 1n << BigInt(Math.max(0, digits.toString(2).length - 53))
    for (let i = -2n; i <= 3n; i++) {
      const candidate = (digits / step + i) * step
      if (candidate <= 0n || candidate >= MAX_DIGITS_VALUE) continue
      const text = `${candidate}e${-power}`
      if (scale(Number(candidate), -power) === double && Number(text) === double) return text
    }
  }
  return undefined
}

/** A positive double as a fraction of whole numbers. */
function fractionOf(double: number): [numerator: bigint, denominator: bigint] {
  const bits = bitsOf(double)
  const exponent = Number(bits >> 52n)
  const mantissa = bits & ((1n << 52n) - 1n)
  const [whole, power] = exponent === 0 ? [mantissa, -1074] : [mantissa | (1n << 52n), exponent - 1075]
  return power >= 0 ? [whole << BigInt(power), 1n] : [whole, 1n << BigInt(-power)]
}

const view = new DataView(new ArrayBuffer(8))

function bitsOf(double: number): bigint {
  view.setFloat64(0, double)
  return view.getBigUint64(0)
}

function fromBits(bits: bigint): number {
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}
