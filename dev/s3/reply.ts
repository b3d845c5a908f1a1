import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type BodyFault, sendWithFault } from './faults.ts'

/** What an operation answers: a status (200 without one), headers, and XML or an object's bytes, if any. */
export interface Reply {
  status?: number
  headers?: Record<string, string | number>
  xml?: string
  content?: Readable
}

/** Sends the reply, its body with that fault. Rejects when the connection ends before the reply does. */
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
