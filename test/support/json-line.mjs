/**
 * JSON that `readline` reads as one line: it also ends a line at U+2028 and U+2029, which JSON may contain.
 *
 * @param {unknown} value
 */
export function jsonLine(value) {
  return `${JSON.stringify(value).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`
}
