import { toAppError } from '../../../lib/errors.ts'
import { readableStack } from '../../../lib/lambda/readable-stack.ts'

function fail(message: string): never {
  throw new RangeError(message)
}

/** The stack of a fault two calls deep, as the log shows it. */
export function handler(message: string): string[] {
  try {
    return fail(message)
  } catch (error) {
    return readableStack(toAppError(error))
  }
}
