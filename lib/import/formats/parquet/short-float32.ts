/**
 * The same float32, as a double that is written with fewer digits: 0.1 for 0.10000000149011612. A vector's text becomes
 * 12 bytes a component rather than 21, in the same time. Finite numbers only.
 */
export function shortFloat32(float: number): number {
  // Up to there all products are whole numbers that a double holds.
  if (Math.abs(float) < 1000) {
    for (let scale = 1e3; scale <= 1e11; scale *= 10) {
      const short = Math.round(float * scale) / scale
      if (Math.fround(short) === float) return short
    }
  }
  // Nine digits tell any two of them apart.
  return Object.is(float, -0) ? float : Number(float.toPrecision(9))
}
