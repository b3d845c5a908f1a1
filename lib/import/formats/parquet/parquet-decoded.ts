import { AppError } from '../../../errors.ts'

/** Whatever the decoder throws at broken bytes tells of the bytes, not of us. */
export function decoded<T>(decode: () => T): T {
  try {
    return decode()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('FILE_MALFORMED', 'Expected Parquet data, got broken ones', { cause })
  }
}
