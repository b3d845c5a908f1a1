import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { AppError, show } from '../errors.ts'
import { duplicateMember } from './duplicate-member.ts'

/** Twenty searches by vectors of 3,072 dimensions in base64, or three as numbers. */
const MAX_BODY_BYTES = 1024 * 1024

/** `application/json`, or a type that ends in `+json`, in UTF-8. A `charset` that names another encoding is refused. */
const JSON_TYPE = /^application\/(?:json|[\w.-]+\+json)$/

/**
 * The request's body, parsed.
 *
 * @throws AppError MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_UTF8, BODY_NOT_JSON; REQUEST_INVALID for a member
 * that is named twice (RFC 7493), of which JSON.parse would drop the first
 */
export function jsonBody(event: APIGatewayProxyEventV2): unknown {
  const text = bodyText(event)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new AppError('BODY_NOT_JSON', 'Expected a body of JSON')
  }
  refuseDuplicates(text, value)
  return value
}

/**
 * The request's body as the bytes of a JSON text. Its syntax is left to the check of the record.
 *
 * @throws AppError MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BODY_NOT_UTF8, REQUEST_INVALID for a member named twice
 */
export function recordBody(event: APIGatewayProxyEventV2): Buffer {
  const text = bodyText(event)
  try {
    refuseDuplicates(text, JSON.parse(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  return Buffer.from(text)
}

function refuseDuplicates(text: string, value: unknown): void {
  const path = duplicateMember(text, value)
  if (path === undefined) return
  const message = `Expected each member once, got ${show(path)} twice`
  throw new AppError('REQUEST_INVALID', message, { problems: [{ path, message }] })
}

function bodyText({ body = '', isBase64Encoded, headers }: APIGatewayProxyEventV2): string {
  checkMediaType(headers['content-type'])
  // The length is checked before the text is decoded: 4 characters of base64 are 3 bytes.
  checkSize(isBase64Encoded ? Math.floor((body.length * 3) / 4) - 2 : body.length)
  if (!isBase64Encoded) {
    checkSize(Buffer.byteLength(body))
    // What came as text was decoded by the gateway, which writes U+FFFD where the bytes were no UTF-8.
    if (body.includes('\uFFFD')) throw notUtf8()
    return body
  }
  const bytes = Buffer.from(body, 'base64')
  checkSize(bytes.length)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw notUtf8()
  }
}

/** A body without a type passes: many clients send none, and only JSON parses. */
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

function notUtf8(): AppError {
  return new AppError('BODY_NOT_UTF8', 'Expected a body in UTF-8, got bytes that are none')
}
