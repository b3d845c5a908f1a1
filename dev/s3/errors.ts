/** An error as S3 answers it: an HTTP status, and a code that clients tell apart. */
export class S3Error extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The error of that code, with S3's own status and, unless another is given, a general message. */
export function s3Error(code: keyof typeof S3_ERRORS, message?: string): S3Error {
  const { status, message: general } = S3_ERRORS[code]
  return new S3Error(status, code, message ?? general)
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, as far as this server answers them. */
const S3_ERRORS = {
  BadDigest: { status: 400, message: 'The digest that came with the body is not that of the body received.' },
  EntityTooSmall: { status: 400, message: 'Every part but the last must have at least 5 MiB.' },
  IncompleteBody: { status: 400, message: 'The body has not as many bytes as the request announced.' },
  InternalError: { status: 500, message: 'Something unexpected happened; the server printed it.' },
  InvalidArgument: { status: 400, message: 'An argument of the request is invalid.' },
  InvalidBucketName: {
    status: 400,
    message: 'A bucket name has 3 to 63 lower-case letters, digits, dots and hyphens.',
  },
  InvalidDigest: { status: 400, message: 'Content-MD5 must be the base64 of 16 bytes.' },
  InvalidPart: { status: 400, message: 'A part of the list was not uploaded, or has another ETag.' },
  InvalidPartOrder: { status: 400, message: 'The parts must be listed in ascending order.' },
  InvalidRange: { status: 416, message: 'The range lies outside the object.' },
  InvalidRequest: { status: 400, message: 'The request is invalid.' },
  InvalidURI: { status: 400, message: 'The path is not percent-encoded UTF-8.' },
  KeyTooLongError: { status: 400, message: 'A key has at most 1024 bytes of UTF-8.' },
  MalformedTrailerError: { status: 400, message: 'The trailer that the request announced did not come.' },
  MalformedXML: { status: 400, message: 'The XML is not well-formed, or not what this operation expects.' },
  MissingContentLength: { status: 411, message: 'A body needs a Content-Length.' },
  NoSuchBucket: { status: 404, message: 'The bucket does not exist.' },
  NoSuchKey: { status: 404, message: 'The key does not exist.' },
  NoSuchUpload: { status: 404, message: 'The multipart upload does not exist: it was completed or aborted.' },
  NotImplemented: { status: 501, message: 'This server does not implement that.' },
  PreconditionFailed: { status: 412, message: 'A condition of the request does not hold.' },
  XAmzContentSHA256Mismatch: {
    status: 400,
    message: 'x-amz-content-sha256 is not that of the body received.',
  },
} as const
