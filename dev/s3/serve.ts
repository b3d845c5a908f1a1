import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Context } from './context.ts'
import { S3Error, s3Error } from './errors.ts'
import type { FaultPlan } from './faults.ts'
import { refuseUnkeptPromises } from './headers.ts'
import { findOperation } from './operations.ts'
import { type Reply, sendReply } from './reply.ts'
import { readRequest, type S3Request } from './request.ts'
import { writeXml } from './xml.ts'

/** Answers one HTTP request, with an S3 error when it fails. Never rejects. */
export async function serve(
  context: Context,
  planFault: FaultPlan | undefined,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const id = randomBytes(8).toString('hex').toUpperCase()
  response.setHeader('x-amz-request-id', id)
  try {
    const request = readRequest(message, id)
    const fault = planFault?.(request)
    if (fault && 'status' in fault) throw new S3Error(fault.status, fault.code, 'This error was asked for.')
    await sendReply(response, await answer(context, request), fault)
  } catch (error) {
    await answerError(error, message, response, id).catch(() => response.destroy())
  } finally {
    // What is left of a refused body: unread, it would block the connection's next request.
    message.resume()
  }
}

function answer(context: Context, request: S3Request): Reply | Promise<Reply> {
  refuseUnkeptPromises(request.headers)
  return findOperation(request)(context, request)
}

async function answerError(error: unknown, message: IncomingMessage, response: ServerResponse, id: string) {
  if (isDisconnection(error)) return
  if (!(error instanceof S3Error)) console.error(`S3: ${message.method} ${message.url} failed: ${error}`)
  if (response.headersSent) response.destroy()
  else await sendReply(response, errorReply(error, message, id))
}

function errorReply(error: unknown, { url = '' }: IncomingMessage, id: string): Reply {
  const { status, code, message } =
    error instanceof S3Error
      ? error
      : s3Error('InternalError', 'This was not expected; the server has printed the reason.')
  const [resource] = url.split('?')
  const xml = writeXml('Error', { Code: code, Message: message, Resource: resource, RequestId: id })
  return { status, xml }
}

/** The client went away, or close() ended the connection: no one is left to answer. */
function isDisconnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE'].includes(String(error.code))
  )
}
