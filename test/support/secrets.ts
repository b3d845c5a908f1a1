import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import * as v from 'valibot'
import { onTestFinished, vi } from 'vitest'
import type { SecretAccess } from '../../lib/redis/secret.ts'

const Input = v.object({ Name: v.optional(v.string()), SecretId: v.optional(v.string()) })

interface Secrets {
  url: string
  /** How the functions ask this server. */
  access: SecretAccess
  values: Record<string, string>
  asked: unknown[]
  /** From now on takes every request, and answers none. */
  fallSilent(): void
  speak(): void
}

/**
 * Answers as SSM and Secrets Manager do: JSON over POST, the operation in a header. The AWS SDK's own variables point to
 * it until the test has finished.
 */
export async function serveSecrets(): Promise<Secrets> {
  const asked: unknown[] = []
  let isSilent = false
  const values: Record<string, string> = {}
  const server = createServer(async (request, response) => {
    const input = await json(request)
    asked.push({ target: request.headers['x-amz-target'], ...(input as object) })
    if (isSilent) return
    const { Name, SecretId } = v.parse(Input, input)
    const value = values[Name ?? SecretId ?? '']
    const found = Name === undefined ? { SecretString: value } : { Parameter: { Value: value } }
    response.writeHead(value === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.1' })
    response.end(JSON.stringify(value === undefined ? { __type: 'ParameterNotFound' } : found))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', url)
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', url)
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'x')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x')
  return {
    url,
    access: {
      region: 'us-east-1',
      endpoint: url,
      credentials: { accessKeyId: 'x', secretAccessKey: 'x', sessionToken: undefined },
    },
    values,
    asked,
    fallSilent: () => {
      isSilent = true
    },
    speak: () => {
      isSilent = false
    },
  }
}
