import * as v from 'valibot'

export function wholeNumber(max: number) {
  const message = `Expected a whole number from 1 to ${max}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(1, message), v.maxValue(max, message))
}
