import { S3ServiceException } from '@aws-sdk/client-s3'
import { AppError } from '../errors.ts'

/** Turns an error of the S3 client into an AppError: a problem with the object, or S3 is unavailable. */
export function translateS3Error(where: string): (cause: unknown) => never {
  return (cause) => {
    const status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined
    if (status === 412)
      throw new AppError('OBJECT_REPLACED', `Expected the same content of ${where}, it was replaced`, {
        cause,
      })
    if (status === 404)
      throw new AppError('OBJECT_NOT_FOUND', `Expected ${where}, it does not exist`, { cause })
    throw new AppError('OBJECT_UNAVAILABLE', `S3 did not serve ${where}`, { cause })
  }
}
