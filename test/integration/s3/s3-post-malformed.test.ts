import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { coded, postForm } from '../../support/post-form.ts'
import { BUCKET, contentFiles, keys, rawRequest, s3ForTest } from '../../support/s3.ts'

const TYPE = { 'content-type': 'multipart/form-data; boundary=b' }
const KEY = field('key', 'k')
const FILE = 'name="file"; filename="a"\r\n\r\n{"id":"1"}'
const SIZE_LIMIT = 20 * 1024

describe('a form that S3 would refuse', () => {
  it.each([
    [
      'of another type',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'key=k',
      412,
      'PreconditionFailed',
    ],
    ['without a type', {}, 'key=k', 412, 'PreconditionFailed'],
    ['without a boundary', { 'content-type': 'multipart/form-data' }, '', 400, 'MalformedPOSTRequest'],
    ['that is empty', TYPE, '', 400, 'MalformedPOSTRequest'],
    ['with another boundary', TYPE, form([KEY, FILE]).replaceAll('--b', '--c'), 400, 'MalformedPOSTRequest'],
    ['without its end', TYPE, form([KEY, FILE]).replace('--b--\r\n', ''), 400, 'MalformedPOSTRequest'],
    [
      'that ends in a field',
      TYPE,
      `--b\r\nContent-Disposition: form-data; ${KEY}`,
      400,
      'MalformedPOSTRequest',
    ],
    ['without a file', TYPE, form([KEY]), 400, 'InvalidArgument'],
    ['without a key', TYPE, form([FILE]), 400, 'InvalidArgument'],
    ['with an empty key', TYPE, form([field('key', ''), FILE]), 400, 'InvalidArgument'],
    ['with its key behind the file', TYPE, form([FILE, KEY]), 400, 'InvalidArgument'],
    ['with two keys', TYPE, form([KEY, KEY, FILE]), 400, 'InvalidArgument'],
    ['with a long key', TYPE, form([field('key', 'k'.repeat(1025)), FILE]), 400, 'KeyTooLongError'],
    [
      'with a long field',
      TYPE,
      form([KEY, field('acl', 'x'.repeat(SIZE_LIMIT)), FILE]),
      400,
      'MaxPostPreDataLengthExceeded',
    ],
    ['with many fields', TYPE, form([...manyFields(101), FILE]), 400, 'MaxPostPreDataLengthExceeded'],
    [
      'with a line break in a header',
      TYPE,
      form([KEY, field('content-type', 'a\r\nb'), FILE]),
      400,
      'InvalidArgument',
    ],
    [
      'with too much metadata',
      TYPE,
      form([KEY, field('x-amz-meta-a', 'x'.repeat(2048)), FILE]),
      400,
      'MetadataTooLarge',
    ],
    ['with tags', TYPE, form([KEY, field('x-amz-tagging', 'a=b'), FILE]), 501, 'NotImplemented'],
  ])('%s is refused', async (_, headers, body, status, code) => {
    const { server, client, dataDir } = await s3ForTest()
    const answer = await rawRequest(server, 'POST', `/${BUCKET}`, { headers: { ...headers }, body })
    expect(answer).toMatchObject({ status, body: coded(code) })
    expect(await keys(client)).toEqual([])
    expect(await contentFiles(dataDir)).toEqual([])
  })
})

it('a refused form leaves its connection to the next request', async () => {
  const { server } = await s3ForTest()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  onTestFinished(() => agent.destroy())
  const large = field('file', 'x'.repeat(5_000_000))
  const send = (body: string) => rawRequest(server, 'POST', `/${BUCKET}`, { headers: TYPE, body, agent })
  const { status, port } = await send(form([large]))
  expect(status).toBe(400)
  expect(await send(form([KEY, KEY, large]))).toMatchObject({ status: 400, port })
  expect(await send(form([KEY, large]))).toMatchObject({ status: 204, port })
})

it('a form whose client goes away leaves nothing', async () => {
  const { server, client, dataDir } = await s3ForTest()
  const sent = request(`${server.url}/${BUCKET}`, {
    method: 'POST',
    headers: { ...TYPE, 'content-length': 10_000_000 },
  })
  sent.on('error', () => {})
  sent.write(form([KEY, field('file', 'x'.repeat(1_000_000))]).replace('--b--\r\n', ''))
  await expect.poll(() => contentFiles(dataDir)).toHaveLength(1)
  sent.destroy()
  await expect.poll(() => contentFiles(dataDir)).toEqual([])
  expect(await keys(client)).toEqual([])
})

it('a form waits for all of its bytes, whatever follows its file', async () => {
  const { server, client } = await s3ForTest()
  const body = form([KEY, FILE, field('submit', 'x')])
  const sent = request(`${server.url}/${BUCKET}`, {
    method: 'POST',
    headers: { ...TYPE, 'content-length': body.length },
  })
  sent.write(body.slice(0, -10))
  await delay(50)
  expect(await keys(client)).toEqual([])
  sent.end(body.slice(-10))
  const [answer] = await once(sent, 'response')
  answer.resume()
  expect(answer.statusCode).toBe(204)
  expect(await keys(client)).toEqual(['k'])
})

it('a form’s key may hold any characters', async () => {
  const { server, client } = await s3ForTest()
  const key = '../\u{1F600} "a"\\&<b>+%2F'
  expect(await postForm(server, { key })).toMatchObject({ status: 204 })
  expect(await keys(client)).toEqual([key])
})

function field(name: string, value: string): string {
  return `name="${name}"\r\n\r\n${value}`
}

function manyFields(count: number): string[] {
  return Array.from({ length: count }, (_, index) => field(`x-ignore-${index}`, 'a'))
}

function form(parts: string[]): string {
  return `${parts.map((part) => `--b\r\nContent-Disposition: form-data; ${part}\r\n`).join('')}--b--\r\n`
}
