import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { expect, it, onTestFinished } from 'vitest'
import { BUCKET } from '../../support/s3.ts'

const MEBIBYTE = Buffer.alloc(1024 * 1024, 'samuel')
const MEBIBYTES = 512

it('the S3 server holds no object in memory, neither on its way in nor out', {
  timeout: 120_000,
}, async () => {
  const { url, maxRss } = await serverProcess()
  await send(`${url}/${BUCKET}`, 0)
  await send(`${url}/${BUCKET}/large`, MEBIBYTES)
  expect(await receive(`${url}/${BUCKET}/large`)).toBe(MEBIBYTES * MEBIBYTE.length)
  expect(await maxRss()).toBeLessThan(256 * 1024 * 1024)
})

/** A server in a process of its own, whose memory is not that of this test. `maxRss` is its peak, in bytes. */
async function serverProcess() {
  const dataDir = await mkdtemp(join(tmpdir(), 'lookalike-s3-'))
  const program = `
    const { startS3 } = await import(process.argv[1])
    const server = await startS3({ dataDir: process.argv[2] })
    console.log(server.url)
    process.stdin.resume().on('end', async () => {
      await server.close()
      console.log(process.resourceUsage().maxRSS * 1024)
    })`
  const module = new URL('../../../dev/s3/server.ts', import.meta.url).href
  const server = spawn(process.execPath, ['--input-type=module', '--eval', program, module, dataDir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    server.kill()
    await rm(dataDir, { recursive: true, force: true })
  })
  const lines = server.stdout.setEncoding('utf8')
  const [url] = await once(lines, 'data')
  return {
    url: String(url).trim(),
    async maxRss() {
      server.stdin.end()
      const [bytes] = await once(lines, 'data')
      return Number(bytes)
    },
  }
}

async function send(url: string, mebibytes: number) {
  const upload = request(url, { method: 'PUT', headers: { 'content-length': mebibytes * MEBIBYTE.length } })
  const answered = once(upload, 'response')
  await pipeline(Readable.from(Array(mebibytes).fill(MEBIBYTE)), upload)
  const [response] = await answered
  expect(response.resume().statusCode).toBe(200)
}

async function receive(url: string): Promise<number> {
  const [response] = await once(get(url), 'response')
  let bytes = 0
  for await (const chunk of response) bytes += chunk.length
  return bytes
}
