import { format } from 'node:util'
import { escapeUnsafeLines } from '../../lib/lambda/visible.ts'

/** Prints an error outside a function on the terminal of `npm start`. A message may contain the key of an object. */
export function reportError(message: string, error: unknown): void {
  console.error(escapeUnsafeLines(format(message, error)))
}
