const [BLANK, COMMA, MINUS, PLUS, POINT, ZERO, NINE, CLOSE] = [0x20, 0x2c, 0x2d, 0x2b, 0x2e, 0x30, 0x39, 0x5d]
const [UPPER_E, LOWER_E] = [0x45, 0x65]
/** With at most 20 digits, all roundings together stay below `INEXACT`. */
const TOO_MANY_DIGITS = 1e20
const POWERS = Float64Array.from({ length: 309 }, (_, power) => Number(`1e${power}`))

/** A number of `readNumbers` differs from that of JSON.parse by less than this part of it. */
export const INEXACT = 2 ** -49

/**
 * Reads the numbers of a JSON list, as many as `into` has, from the byte behind its opening bracket. It returns the
 * position of the closing bracket, or undefined if it finds something else: another count, a line break, a text that
 * is no number of JSON, or one of more than 20 digits. Nearly all time of an import's check is spent here.
 */
export function readNumbers(bytes: Uint8Array, from: number, into: Float64Array): number | undefined {
  const last = into.length - 1
  let at = from
  for (let i = 0; i <= last; i++) {
    let byte = bytes[at] ?? 0
    while (byte === BLANK) byte = bytes[++at] ?? 0
    const isNegative = byte === MINUS
    if (isNegative) byte = bytes[++at] ?? 0
    const start = at
    let digits = 0
    for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) digits = digits * 10 + (byte - ZERO)
    if (at === start || (at > start + 1 && bytes[start] === ZERO)) return undefined
    let scale = 0
    if (byte === POINT) {
      const afterPoint = ++at
      byte = bytes[at] ?? 0
      for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) digits = digits * 10 + (byte - ZERO)
      scale = at - afterPoint
      if (scale === 0) return undefined
    }
    if (byte === LOWER_E || byte === UPPER_E) {
      const sign = bytes[++at]
      if (sign === MINUS || sign === PLUS) at++
      const afterSign = at
      let exponent = 0
      byte = bytes[at] ?? 0
      for (; byte >= ZERO && byte <= NINE; byte = bytes[++at] ?? 0) exponent = exponent * 10 + (byte - ZERO)
      if (at === afterSign) return undefined
      scale += sign === MINUS ? exponent : -exponent
    }
    const power = POWERS[Math.abs(scale)]
    if (power === undefined || digits >= TOO_MANY_DIGITS) return undefined
    const number = scale < 0 ? digits * power : digits / power
    into[i] = isNegative ? -number : number
    while (byte === BLANK) byte = bytes[++at] ?? 0
    if (byte !== (i === last ? CLOSE : COMMA)) return undefined
    at++
  }
  return at - 1
}
