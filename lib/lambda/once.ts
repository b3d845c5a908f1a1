/**
 * Creates a value on first use and stores it for the life of the Lambda environment. It does not store a failure: the
 * next call tries again. So a failure is an error answer and not a failed cold start.
 */
export function once<T extends object>(create: () => T): () => T {
  let value: T | undefined
  return () => {
    value ??= create()
    return value
  }
}
