import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { AppError, show } from '../errors.ts'
import { findDuplicateMember } from './duplicate-member.ts'

/** Enough for twenty searches by vectors of 3,072 dimensions in base64, or for three of them as numbers. */
const MAX_BODY_BYTES = 1024 * 1024

/** `application/json`, or a type that ends in `+json`, in UTF-8. A `charset` of another encoding is refused. */
const JSON_TYPE = /^application\/(?:json|[\w.-]+\+json)$/

/**
 * Parses the request's body.
 *
 * @throws AppError MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_UTF8, BODY_NOT_JSON; REQUEST_INVALID for a
 * duplicate member (RFC 7493), of which JSON.parse would drop the first
 */
export function parseJsonBody(event: APIGatewayProxyEventV2): unknown {
  const text = decodeBody(event)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new AppError('BODY_NOT_JSON', 'Expected a JSON body, got text that is not JSON')
  }
  refuseDuplicates(text, value)
  return value
}

/**
 * Returns the request's body as bytes of a JSON text. The check of the record reports syntax errors.
 *
 * @throws AppError MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_UTF8, REQUEST_INVALID for a duplicate member
 */
export function readRecordBody(event: APIGatewayProxyEventV2): Buffer {
  const text = decodeBody(event)
  try {
    refuseDuplicates(text, JSON.parse(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return Buffer.from(text)
}

function refuseDuplicates(text: string, value: unknown): void {
  const path = findDuplicateMember(text, value)
  if (path === undefined) return
  const message = `Expected each member once, got ${show(path)} twice`
  throw new AppError('REQUEST_INVALID', message, { problems: [{ path, message }] })
}

function decodeBody({ body = '', isBase64Encoded, headers }: APIGatewayProxyEventV2): string {
  checkMediaType(headers['content-type'])
  // Checks the length before it decodes the text: 4 characters of base64 are 3 bytes.
  checkSize(isBase64Encoded ? Math.floor((body.length * 3) / 4) - 2 : body.length)
  if (!isBase64Encoded) {
    checkSize(Buffer.byteLength(body))
    // The gateway has decoded a text body. It writes U+FFFD in place of bytes that are not UTF-8.
    if (body.includes('\uFFFD')) throw notUtf8Error()
    return body
  }
  const bytes = Buffer.from(body, 'base64')
  checkSize(bytes.length)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw notUtf8Error()
  }
}

/** A body without a type is accepted: many clients send no type, and only JSON parses. */
function checkMediaType(contentType: string | undefined): void {
  if (contentType === undefined || contentType.trim() === '') return
  const [type = '', ...parameters] = contentType.toLowerCase().split(';')
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='))
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset)
  if (JSON_TYPE.test(type.trim()) && isUtf8) return
  throw new AppError(
    'MEDIA_TYPE_UNSUPPORTED',
    `Expected content-type: application/json in UTF-8, got ${show(contentType)}`,
  )
}

function checkSize(bytes: number): void {
  if (bytes <= MAX_BODY_BYTES) return
  throw new AppError('BODY_TOO_LARGE', `Expected a body of at most ${MAX_BODY_BYTES} bytes, got ${bytes}`)
}

function notUtf8Error(): AppError {
  return new AppError('BODY_NOT_UTF8', 'Expected a body in UTF-8, got bytes that are not UTF-8')
}
