/**
 * Makes a value on first use and keeps it for the life of the Lambda environment. A failure is not kept: it is tried
 * again at the next call, and answered as an error rather than as a failed cold start.
 */
export function once<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
