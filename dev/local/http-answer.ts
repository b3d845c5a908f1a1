import type { ServerResponse } from 'node:http'
import * as v from 'valibot'

export interface HttpAnswer {
  status: number
  headers: Record<string, string>
  cookies: string[]
  body: Buffer | string
}

const ProxyResult = v.object({
  statusCode: v.pipe(v.number(), v.integer(), v.minValue(200), v.maxValue(599)),
  headers: v.nullish(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])), {}),
  cookies: v.nullish(v.array(v.string()), []),
  body: v.nullish(v.string(), ''),
  isBase64Encoded: v.nullish(v.boolean(), false),
})

/** Converts a function's result as API Gateway does. Throws if API Gateway would answer 500 for a malformed one. */
export function toHttpAnswer(result: unknown): HttpAnswer {
  const hasStatusCode = typeof result === 'object' && result !== null && 'statusCode' in result
  if (!hasStatusCode) return jsonAnswer(200, result)

  const { statusCode, headers, cookies, body, isBase64Encoded } = v.parse(ProxyResult, result)
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...lowerCaseNames(headers) },
    cookies,
    body: isBase64Encoded ? Buffer.from(body, 'base64') : body,
  }
}

/** A string is treated as finished JSON. */
export function jsonAnswer(status: number, content: unknown): HttpAnswer {
  const body = typeof content === 'string' ? content : JSON.stringify(content)
  return { status, headers: { 'content-type': 'application/json' }, cookies: [], body }
}

function lowerCaseNames(headers: Record<string, string | number | boolean>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
}

export function sendAnswer(response: ServerResponse, { status, headers, cookies, body }: HttpAnswer): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (cookies.length > 0) response.setHeader('set-cookie', cookies)
  response.statusCode = status
  response.end(body)
}
