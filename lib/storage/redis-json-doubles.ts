/**
 * RedisJSON 2.8 reads one double in ten with a wrong last digit: it takes the digits as a whole number, and multiplies or
 * divides that by a power of ten, which rounds twice. (It is serde_json without `float_roundtrip`.) So the number that a
 * filter names would not equal the number that a record has. Nearly every double has another text that is read right.
 */

const POWERS = Array.from({ length: 309 }, (_, power) => Number(`1e${power}`))
const MAX_DIGITS_VALUE = 2n ** 64n
/** Doubles beside the wanted one, nearest first. */
const NEIGHBOURS = [1n, -1n, 2n, -2n, 3n, -3n]

/** A text that RedisJSON, and every correct reader of JSON, takes for the double; undefined if there is none. */
export function exactText(double: number): string | undefined {
  const text = String(double)
  if (readByRedisJson(text) === double) return text
  const other = exactDigits(Math.abs(double))
  return other === undefined || double >= 0 ? other : `-${other}`
}

/** Two texts: RedisJSON takes them for two numbers whose sum is the double. For one in 500, it has no text of its own. */
export function exactSum(double: number): { first: string; second: string } | undefined {
  for (const step of NEIGHBOURS) {
    const neighbour = fromBits(bitsOf(double) + step)
    const first = exactText(neighbour)
    const second = exactText(double - neighbour)
    if (first !== undefined && second !== undefined) return { first, second }
  }
  return undefined
}

/** What RedisJSON makes of the text of a number. */
function readByRedisJson(text: string): number {
  const [, sign, whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(text) ?? []
  const number = scaled(Number(whole + fraction), Number(exponent) - fraction.length)
  return sign === '-' ? -number : number
}

function scaled(digits: number, exponent: number): number {
  let [number, rest] = [digits, exponent]
  while (rest < -308 && number !== 0) {
    number /= 1e308
    rest += 308
  }
  const power = POWERS[Math.abs(rest)] ?? Number.POSITIVE_INFINITY
  return rest < 0 ? number / power : number * power
}

/** Tries whole numbers of 16 to 20 digits that a double holds exactly, so that there is one rounding only. */
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
      if (scaled(Number(candidate), -power) === double && Number(text) === double) return text
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
