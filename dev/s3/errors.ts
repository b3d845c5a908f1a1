/** An error as S3 answers it: an HTTP status, and a code for clients. */
export class S3Error extends Error {
  readonly status: number
  readonly code: string
  /** Additional elements of the XML. */
  readonly details: Readonly<Record<string, string | number>>

  constructor(status: number, code: string, message: string, details: S3Error['details'] = {}) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
  }
}

/** An error of S3's list, with S3's status. */
export function s3Error(code: keyof typeof STATUSES, message: string, details?: S3Error['details']): S3Error {
  return new S3Error(STATUSES[code], code, message, details)
}

/** The errors of https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html that this server answers. */
const STATUSES = {
  AccessDenied: 403,
  AccessForbidden: 403,
  AuthorizationQueryParametersError: 400,
  BadDigest: 400,
  BadRequest: 400,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidArgument: 400,
  InvalidBucketName: 400,
  InvalidDigest: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidPolicyDocument: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedPOSTRequest: 400,
  MalformedTrailerError: 400,
  MalformedXML: 400,
  MaxPostPreDataLengthExceeded: 400,
  MetadataTooLarge: 400,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  SignatureDoesNotMatch: 403,
  XAmzContentSHA256Mismatch: 400,
} as const
