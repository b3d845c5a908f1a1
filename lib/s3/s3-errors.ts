import { S3ServiceException } from '@aws-sdk/client-s3'
import { AppError } from '../errors.ts'

/** Turns what S3's client threw into an AppError: what is wrong with the object, else that S3 is not to be had. */
export function translate(where: string): (cause: unknown) => never {
  return (cause) => {
    const status = cause instanceof S3ServiceException ? cause.$metadata.httpStatusCode : undefined
    if (status === 412) throw new AppError('OBJECT_REPLACED', `${where} has other content by now`, { cause })
    if (status === 404) throw new AppError('OBJECT_NOT_FOUND', `${where} does not exist`, { cause })
    throw new AppError('OBJECT_UNAVAILABLE', `S3 did not serve ${where}`, { cause })
  }
}
