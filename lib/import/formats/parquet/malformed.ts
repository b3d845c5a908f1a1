import { AppError } from '../../../errors.ts'

/** @param expected what the reader expected, for example `values within the page` */
export function malformed(expected: string, cause?: unknown): AppError {
  return new AppError('FILE_MALFORMED', `Expected ${expected}`, { cause })
}

export function tooLarge(expected: string): AppError {
  return new AppError('FILE_TOO_LARGE', `Expected ${expected}`)
}

/** The same fault, with the place in the file behind it. */
export function placed(error: unknown, place: string): unknown {
  if (!(error instanceof AppError) || error.message.includes(' (column ')) return error
  return new AppError(error.code, `${error.message} (${place})`, { cause: error })
}
