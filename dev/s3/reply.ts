import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type BodyFault, sendWithFault } from './faults.ts'

/** The answer of an operation: a status (default 200), headers, and optionally XML or an object's bytes. */
export interface Reply {
  status?: number
  headers?: Record<string, string | number>
  xml?: string
  content?: Readable
}

/**
 * Sends the reply, with a fault of its body if there is one. Rejects if the connection ends before the reply does.
 */
export async function sendReply(response: ServerResponse, reply: Reply, fault?: BodyFault) {
  const { status = 200, headers = {}, xml, content } = reply
  const body = xml === undefined ? content : Readable.from([Buffer.from(xml)])
  if (xml !== undefined) {
    response.setHeader('content-type', 'application/xml')
    response.setHeader('content-length', Buffer.byteLength(xml))
  }
  response.writeHead(status, headers)
  if (!body) response.end()
  else if (fault) await sendWithFault(body, response, fault)
  else await pipeline(body, response)
}
