type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown

// JSON.parse source text access: V8 has it since Node 22, TypeScript's library does not have it yet.
declare global {
  interface JSON {
    parse(text: string, reviver: Reviver): unknown
    /** A value that `stringify` writes as this text. */
    rawJSON(text: string): object
    isRawJSON(value: unknown): boolean
  }
}

/**
 * Parses JSON. A number that a double would change (9007199254740993, -0) becomes a raw value, which `stringify`
 * writes unchanged.
 */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && !isExact(value) ? JSON.rawJSON(source ?? String(value)) : value,
  )
}

/** Whether the double is surely the number in the text, and is written as the same text. */
export function isExact(number: number): boolean {
  return Number.isInteger(number) ? Number.isSafeInteger(number) && !Object.is(number, -0) : true
}

/** The text of a raw value of `parseExact`. */
export function rawText(value: unknown): string | undefined {
  return JSON.isRawJSON(value) ? JSON.stringify(value) : undefined
}

/** Whether RedisJSON stores a number of this text as a 64-bit integer, with all its digits. */
export function isIntegerText(text: string): boolean {
  if (!/^-?\d{1,20}$/.test(text) || text === '-0') return false
  const number = BigInt(text)
  return number >= -(2n ** 63n) && number < 2n ** 64n
}

/** Whether all numbers of a parsed value are exact. Those of `except`, a list in it, do not count. */
export function isExactAll(value: unknown, except?: unknown): boolean {
  if (typeof value === 'number') return isExact(value)
  if (typeof value !== 'object' || value === null || value === except) return true
  return Object.values(value).every((inner) => isExactAll(inner, except))
}
