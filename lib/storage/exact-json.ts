type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown

// JSON.parse source text access: in V8 since Node 22, in TypeScript's library not yet.
declare global {
  interface JSON {
    parse(text: string, reviver: Reviver): unknown
    /** A value that `stringify` writes as this text. */
    rawJSON(text: string): object
    isRawJSON(value: unknown): boolean
  }
}

/** Parses JSON; numbers that a double would change (9007199254740993, -0) become values that are written as they were. */
export function parseExact(text: string): unknown {
  return JSON.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && !isExact(value) ? JSON.rawJSON(source ?? String(value)) : value,
  )
}

/** Whether the number is surely the one that was written, and is written the same again. */
export function isExact(number: number): boolean {
  return Number.isInteger(number) ? Number.isSafeInteger(number) && !Object.is(number, -0) : true
}

/** The text of one of `parseExact`'s values. */
export function rawText(value: unknown): string | undefined {
  return JSON.isRawJSON(value) ? JSON.stringify(value) : undefined
}

/** Whether RedisJSON keeps a number of this text as a whole number, digit by digit: it has 64 bits for that. */
export function isWholeText(text: string): boolean {
  if (!/^-?\d{1,20}$/.test(text) || text === '-0') return false
  const number = BigInt(text)
  return number >= -(2n ** 63n) && number < 2n ** 64n
}

/** Whether all numbers of a parsed value are. */
export function isExactAll(value: unknown): boolean {
  if (typeof value === 'number') return isExact(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isExactAll)
}
