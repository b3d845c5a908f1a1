import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { type Agent, type IncomingHttpHeaders, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
} from '@aws-sdk/client-s3'
import type { S3Event } from 'aws-lambda'
import { onTestFinished } from 'vitest'
import { type S3Options, type S3Server, startS3 } from '../../dev/s3/server.ts'

export const BUCKET = 'lookalike'

/** An S3 server with one empty bucket, a client of it, and its events so far; all gone after the test. */
export async function s3ForTest(options: Partial<S3Options> = {}) {
  const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-s3-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const events: S3Event[] = []
  const server = await startS3({ dataDir, onEvent: (event) => void events.push(event), ...options })
  onTestFinished(() => server.close())
  const client = clientOf(server)
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }))
  return { server, client, dataDir, events }
}

/** A client with the SDK's defaults, which ask for and verify checksums. */
export function clientOf(server: S3Server): S3Client {
  const client = new S3Client({
    endpoint: server.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  onTestFinished(() => client.destroy())
  return client
}

export function put(
  client: S3Client,
  key: string,
  body: string | Buffer,
  more?: Partial<PutObjectCommandInput>,
) {
  // Of an empty text the SDK sends no length, and warns of a stream.
  const Body = Buffer.from(body)
  return client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body, ...more }))
}

export async function read(client: S3Client, key: string, range?: string): Promise<string | undefined> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: key, Range: range }))
  return Body?.transformToString()
}

export function head(client: S3Client, key: string) {
  return client.send(new HeadObjectCommand({ Bucket: BUCKET, Key: key }))
}

export async function keys(client: S3Client): Promise<(string | undefined)[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: BUCKET }))
  return Contents.map((object) => object.Key)
}

/** The files with the bytes of the bucket's objects and parts. */
export function contentFiles(dataDir: string): Promise<string[]> {
  return readdir(join(dataDir, BUCKET, 'content'))
}

/** One HTTP request as it stands, for what no SDK would send. */
export async function rawRequest(
  server: S3Server,
  method: string,
  path: string,
  {
    headers = {},
    body = '',
    agent,
  }: { headers?: Record<string, string>; body?: string | Buffer; agent?: Agent } = {},
): Promise<{
  status: number | undefined
  headers: IncomingHttpHeaders
  body: string
  /** The client's end of the connection. */
  port: number | undefined
}> {
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof rawRequest>>>()
  const length = 'transfer-encoding' in headers ? {} : { 'content-length': Buffer.byteLength(body) }
  const sent = request(server.url, { path, method, agent, headers: { ...length, ...headers } })
  sent.on('error', reject)
  sent.on('response', (response) => {
    const { statusCode: status, headers: answered } = response
    const port = response.socket.localPort
    text(response).then((answer) => resolve({ status, headers: answered, body: answer, port }), reject)
  })
  sent.end(body)
  return promise
}
