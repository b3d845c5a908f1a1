import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { S3Event, SQSEvent } from 'aws-lambda'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startHttpApi } from '../../../dev/local/http-api.ts'
import { startQueue } from '../../../dev/local/queue.ts'
import { startS3 } from '../../../dev/s3/server.ts'
import { exchange, statusOf } from '../../support/raw-http.ts'

const ports: Record<string, number> = {}
const effects: unknown[] = []
const started = new AsyncDisposableStack()

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-foreign-'))
  started.defer(() => rm(dataDir, { recursive: true }))
  const routes = [
    { method: 'POST', path: '/imports', functionName: 'imports', authorizer: 'aws_iam' } as const,
    { method: 'DELETE', path: '/users/{id}', functionName: 'users', authorizer: 'aws_iam' } as const,
  ]
  const invoke = async (name: string) => {
    effects.push(name)
    return { statusCode: 200, body: 'done' }
  }
  const api = await startHttpApi({ routes, invoke })
  started.defer(() => api.close())
  const s3 = await startS3({ dataDir, onEvent: (event: S3Event) => void effects.push(event) })
  started.defer(() => s3.close())
  const queue = await startQueue({
    invoke: async (event: SQSEvent) => void effects.push(event),
    maxConcurrency: 1,
    maxReceiveCount: 5,
    visibilitySeconds: 30,
  })
  started.defer(() => queue.close())
  Object.assign(ports, { api: api.port, s3: s3.port, queue: Number(new URL(queue.url).port) })
  await send('s3', 'PUT /lookalike', ['Host: localhost'])
})
afterAll(() => started.disposeAsync())
beforeEach(() => void effects.splice(0))

/** One request to each server that changes something when the server answers it. */
const changes = [
  ['api', 'POST /imports', '{"key":"imports/users.ndjson"}', 'text/plain'],
  ['api', 'DELETE /users/1', '', 'text/plain'],
  ['s3', 'PUT /lookalike/imports/evil.ndjson', '{"id":"1"}', 'text/plain'],
  ['s3', 'POST /lookalike', postForm('imports/evil.ndjson'), 'multipart/form-data; boundary=b'],
  ['queue', 'POST /', sendMessage(), 'application/x-amz-json-1.0\r\nX-Amz-Target: AmazonSQS.SendMessage'],
] as const

describe.each(changes)('the %s’s %s', (server, line, body, type) => {
  const headers = [`Content-Type: ${type}`]

  it.each([
    [['Host: evil.example']],
    [['Host: evil.example:3000']],
    [['Host: 127.0.0.1.evil.example']],
    [['Host: localhost.evil.example.']],
    [['Host: 0.0.0.0']],
    [['Host: 127.0.0.1', 'Host: evil.example']],
    [['Host: localhost', 'Origin: http://evil.example']],
    [['Host: localhost', 'Origin: null']],
    [['Host: [::1]', 'Origin: http://localhost.evil.example']],
    [['Host: localhost', 'Origin: http://localhost', 'Origin: http://evil.example']],
    [['Host: localhost', 'Sec-Fetch-Site: cross-site', 'Sec-Fetch-Dest: image']],
  ])('is refused with %s', async (identity) => {
    const answer = await send(server, line, [...identity, ...headers], body)
    expect(statusOf(answer)).toBe(403)
    expect(answer).toMatch(/This server answers this machine only|Expected one Host header/)
    expect(answer).not.toMatch(/access-control-allow-origin/i)
    expect(effects).toEqual([])
  })

  it('is refused with the target of a foreign host', async () => {
    const target = line.replace(' /', ' http://evil.example/')
    const answer = await send(server, target, ['Host: 127.0.0.1', ...headers], body)
    expect(statusOf(answer)).toBe(403)
    expect(effects).toEqual([])
  })

  it.each([
    [['Host: 127.0.0.1']],
    [['Host: LOCALHOST.:3000']],
    [['Host: [::1]:3000']],
    [['Host: localhost', 'Origin: http://localhost:5173']],
  ])('is answered with %s', async (identity) => {
    const answer = await send(server, line, [...identity, ...headers], body)
    expect(answer).toMatch(/^HTTP\/1.1 20\d /)
    await expect.poll(() => effects).toHaveLength(1)
  })
})

function send(server: string, line: string, headers: string[], body = ''): Promise<string> {
  const length = `Content-Length: ${Buffer.byteLength(body)}`
  return exchange(ports[server] ?? 0, [`${line} HTTP/1.1`, ...headers, length], body)
}

function postForm(key: string): string {
  const parts = [`name="key"\r\n\r\n${key}`, 'name="file"; filename="a"\r\n\r\n{"id":"1"}']
  return `${parts.map((part) => `--b\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--b--\r\n`
}

function sendMessage(): string {
  const QueueUrl = 'http://127.0.0.1/000000000000/imports'
  return JSON.stringify({ QueueUrl, MessageBody: 'evil' })
}
