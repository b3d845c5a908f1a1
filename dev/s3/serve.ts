import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { finished } from 'node:stream/promises'
import { escapeUnsafe } from '../../lib/lambda/visible.ts'
import { admit } from '../local/admit.ts'
import type { Context } from './context.ts'
import { allowOrigin, preflight } from './cors.ts'
import { S3Error, s3Error } from './errors.ts'
import type { FaultPlan } from './faults.ts'
import { refuseUnsupportedHeaders } from './headers.ts'
import { findOperation } from './operations.ts'
import { fromPresigned } from './presigned.ts'
import { type Reply, sendReply } from './reply.ts'
import { readRequest, type S3Request } from './request.ts'
import { writeXml } from './xml.ts'

/** Answers one HTTP request, with an S3 error if it fails. Never rejects. */
export async function serve(
  context: Context,
  planFault: FaultPlan | undefined,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const id = randomBytes(8).toString('hex').toUpperCase()
  response.setHeader('x-amz-request-id', id)
  try {
    const admitted = admit(message)
    if ('refusal' in admitted) throw s3Error('AccessDenied', admitted.refusal)
    allowOrigin(response, message.headers)
    if (message.method === 'OPTIONS') return await sendReply(response, preflight(message.headers))
    const request = readRequest(message, admitted, id)
    const fault = planFault?.(request)
    if (fault && 'status' in fault)
      throw new S3Error(fault.status, fault.code, 'The fault plan requested this error.')
    // Rejects when the client or close() ends the connection.
    if (fault && 'silent' in fault) return await finished(response)
    await sendReply(response, await answer(context, request), fault)
  } catch (error) {
    await answerError(error, message, response, id).catch(() => response.destroy())
  } finally {
    // The unread rest of a refused body would block the connection's next request. An operation that stopped reading
    // has left its listener behind, and with the listener the message would not flow.
    message.removeAllListeners('readable')
    message.resume()
  }
}

function answer(context: Context, received: S3Request): Reply | Promise<Reply> {
  const request = fromPresigned(received)
  refuseUnsupportedHeaders(request.headers)
  return findOperation(request)(context, request)
}

async function answerError(error: unknown, message: IncomingMessage, response: ServerResponse, id: string) {
  if (isDisconnection(error)) return
  if (!(error instanceof S3Error))
    console.error(escapeUnsafe(`S3: ${message.method} ${message.url} failed: ${error}`))
  if (response.headersSent) response.destroy()
  else await sendReply(response, errorReply(error, message, id))
}

function errorReply(error: unknown, { url = '' }: IncomingMessage, id: string): Reply {
  const { status, code, message, details } =
    error instanceof S3Error
      ? error
      : s3Error('InternalError', 'An unexpected error occurred; the server has printed the reason.')
  const [resource] = url.split('?')
  const xml = writeXml('Error', {
    Code: code,
    Message: message,
    ...details,
    Resource: resource,
    RequestId: id,
  })
  return { status, xml }
}

/** The client or close() has ended the connection, so no client waits for the answer. */
function isDisconnection(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ECONNRESET', 'EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE'].includes(String(error.code))
  )
}
