import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { S3Error, s3Error } from './errors.ts'
import type { S3Request } from './request.ts'

/** A form of multipart/form-data, read up to the beginning of its file. */
export interface PostedForm {
  /** By name in lower case. Fields after the file are ignored, as S3 does. */
  fields: Map<string, string>
  /** Without its folders. */
  filename: string
  /** At its end, throws if the form is incomplete. */
  file: AsyncIterable<Buffer>
  /** Call it when the file is read or not needed. */
  close(): void
}

/** @throws S3Error MalformedPOSTRequest, MaxPostPreDataLengthExceeded, InvalidArgument */
export async function readForm({ headers, body }: S3Request): Promise<PostedForm> {
  const parser = openParser(headers)
  // The parser may emit errors after the pipeline has ended.
  parser.on('error', () => {})
  const fields = new Map<string, string>()
  const begun = Promise.withResolvers<{ file: Readable; filename: string }>()
  let size = 0
  let file: Readable | undefined

  parser.on('field', (name, value, _nameTruncated, truncated) => {
    if (file !== undefined) return
    size += Buffer.byteLength(name ?? '') + Buffer.byteLength(value)
    const key = (name ?? '').toLowerCase()
    if (truncated || size > MAX_FIELDS_BYTES) begun.reject(fieldsTooLargeError())
    else if (fields.has(key)) begun.reject(s3Error('InvalidArgument', `The form has two fields "${key}".`))
    else fields.set(key, value)
  })
  parser.on('fieldsLimit', () => begun.reject(fieldsTooLargeError()))
  parser.on('file', (_name, stream, filename) => {
    // Without a listener, an error before the file is read would end the process.
    stream.on('error', () => {})
    file = stream
    begun.resolve({ file: stream, filename: filename ?? '' })
  })
  const parsed = pipeline(body, parser).catch((error: unknown) => {
    throw isDisconnection(error) ? error : malformedFormError(error)
  })
  parsed.then(
    () => begun.reject(s3Error('InvalidArgument', 'POST requires exactly one file upload per request.')),
    (error: Error) => {
      begun.reject(error)
      file?.destroy(error)
    },
  )
  const close = () => void parser.destroy()

  async function* bytes(stream: AsyncIterable<Buffer>) {
    yield* stream
    await parsed
  }

  try {
    const { file: stream, filename } = await begun.promise
    return { fields, filename, file: bytes(stream), close }
  } catch (error) {
    close()
    throw error
  }
}

/** S3 accepts 20 KB of fields. */
const MAX_FIELDS_BYTES = 20 * 1024
const MAX_FIELDS = 100

function openParser(headers: IncomingHttpHeaders): BusboyInstance {
  const type = headers['content-type'] ?? ''
  if (!/^multipart\/form-data\b/i.test(type)) {
    const message = `Bucket POST must be of the enclosure-type multipart/form-data, got "${type}".`
    throw s3Error('PreconditionFailed', message)
  }
  const limits = { fieldSize: MAX_FIELDS_BYTES, fields: MAX_FIELDS, files: 1, headerSize: MAX_FIELDS_BYTES }
  const isPartAFile = (name: string | undefined) => name?.toLowerCase() === 'file'
  try {
    return new Busboy({ headers: { ...headers, 'content-type': type }, isPartAFile, limits })
  } catch (error) {
    throw malformedFormError(error)
  }
}

function isDisconnection(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
}

function malformedFormError(error: unknown): S3Error {
  if (error instanceof S3Error) return error
  const reason = error instanceof Error ? error.message : String(error)
  return s3Error('MalformedPOSTRequest', `The body is not well-formed multipart/form-data: ${reason}.`)
}

function fieldsTooLargeError(): S3Error {
  const message = `Expected at most ${MAX_FIELDS} fields of ${MAX_FIELDS_BYTES} bytes in all before the file.`
  return s3Error('MaxPostPreDataLengthExceeded', message)
}
