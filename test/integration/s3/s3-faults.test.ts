import { request } from 'node:http'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import type { Fault, S3Server } from '../../../dev/s3/server.ts'
import { BUCKET, keys, put, read, s3ForTest } from '../../support/s3.ts'

describe('a fault', () => {
  it('of 503 SlowDown, once, is what the SDK retries', async () => {
    const { client } = await s3WithFaults([{ status: 503, code: 'SlowDown' }])
    const got = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'a' }))
    expect(got.$metadata.attempts).toBe(2)
    expect(await got.Body?.transformToString()).toBe('samuel')
  })

  it('of an error that is not retried reaches the client under its name', async () => {
    const { client } = await s3WithFaults([{ status: 403, code: 'AccessDenied' }])
    await expect(read(client, 'a')).rejects.toMatchObject({
      name: 'AccessDenied',
      $metadata: { httpStatusCode: 403 },
    })
  })

  it('refuses an upload without storing it', async () => {
    const { client, events } = await s3WithFaults([])
    const refused = put(client, 'denied', Buffer.alloc(1_000_000))
    await expect(refused).rejects.toMatchObject({ name: 'AccessDenied' })
    expect(await keys(client)).toEqual(['a', 'large'])
    expect(events).toHaveLength(2)
  })

  it.each([0, 1, 100_000, 2_999_999])('cuts the connection after exactly %d bytes', async (cutAfterBytes) => {
    const { server } = await s3WithFaults([{ cutAfterBytes }])
    const { status, bytes, ended } = await receive(server, 'large')
    expect({ status, bytes, ended: await ended }).toEqual({
      status: 200,
      bytes: cutAfterBytes,
      ended: 'ECONNRESET',
    })
  })

  it('that cuts is an error of the body for the SDK', async () => {
    const { client } = await s3WithFaults([{ cutAfterBytes: 1_000_000 }])
    await expect(read(client, 'large')).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('that cuts behind the end changes nothing', async () => {
    const { client } = await s3WithFaults([{ cutAfterBytes: 6 }])
    expect(await read(client, 'a')).toBe('samuel')
  })

  it('stalls after exactly as many bytes, until the client or the server has enough of it', async () => {
    const { server } = await s3WithFaults([{ stallAfterBytes: 100_000 }])
    const { bytes, ended } = await receive(server, 'large', 300)
    expect(bytes).toBe(100_000)
    const before = performance.now()
    await server.close()
    expect(await ended).toBe('ECONNRESET')
    expect(performance.now() - before).toBeLessThan(500)
  })

  it('slows a body down to as many bytes a second', async () => {
    const { client } = await s3WithFaults([{ bytesPerSecond: 6_000_000 }])
    const before = performance.now()
    expect(await read(client, 'large')).toHaveLength(3_000_000)
    expect(performance.now() - before).toBeGreaterThan(450)
    expect(performance.now() - before).toBeLessThan(2000)
  })
})

/** Objects "a" and "large" (3 MB); each GET meets the next of the faults, and no one may write "denied". */
async function s3WithFaults(faults: Fault[]) {
  const left = [...faults]
  const s3 = await s3ForTest({
    fault: ({ method, bucket, key }) => {
      if (method === 'PUT' && key === 'denied') return { status: 403, code: 'AccessDenied' }
      return method === 'GET' && bucket === BUCKET && key ? left.shift() : undefined
    },
  })
  await put(s3.client, 'a', 'samuel')
  await put(s3.client, 'large', Buffer.alloc(3_000_000, 'a'))
  return s3
}

/** How many bytes of an object come until nothing has come for `quiet` ms or it ended; and with which error it ends. */
async function receive(server: S3Server, key: string, quiet = 5000) {
  const progress = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<string>()
  let status: number | undefined
  let bytes = 0
  let timer = setTimeout(progress.resolve, quiet)
  const failed = (error: NodeJS.ErrnoException) => {
    ended.resolve(error.code ?? '')
    progress.resolve()
  }
  const sent = request(`${server.url}/${BUCKET}/${key}`, (response) => {
    status = response.statusCode
    response.on('data', (chunk) => {
      bytes += chunk.length
      clearTimeout(timer)
      timer = setTimeout(progress.resolve, quiet)
    })
    response.on('error', failed).on('end', () => failed(new Error()))
  })
  sent.on('error', failed).end()
  await progress.promise
  clearTimeout(timer)
  return { status, bytes, ended: ended.promise }
}
