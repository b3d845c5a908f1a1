import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startProxy, type ToxicProxy } from '../../support/toxic-proxy.ts'

describe('the toxic proxy', () => {
  it('passes everything through, both ways, and counts its connections', async () => {
    const { proxy, open } = await echo()
    const bytes = 'x'.repeat(1_000_000)
    const client = await open()
    expect(await client.ask(bytes)).toBe(bytes)
    expect(proxy.connections()).toBe(1)
    client.socket.end()
    await expect.poll(proxy.connections).toBe(0)
  })

  it('latency delays every chunk, but not one after the other; it ends when it is cleared', async () => {
    const { proxy, open } = await echo()
    await proxy.toxic('latency', { latency: 150, jitter: 30 }, { stream: 'downstream' })
    const client = await open()
    const startedAt = performance.now()
    for (let i = 0; i < 10; i++) {
      client.socket.write('x')
      await sleep(10)
    }
    await client.received(10)
    expect(performance.now() - startedAt).toBeGreaterThan(200)
    expect(performance.now() - startedAt).toBeLessThan(800)

    await proxy.toxic('latency', { latency: 60_000 })
    const late = client.ask('late')
    await sleep(50)
    await proxy.clear()
    expect(await late).toBe('late')
  })

  it('down closes what there is and refuses what comes; it comes back at the same port', async () => {
    const { proxy, open } = await echo()
    const client = await open()
    await proxy.toxic('down', {})
    await client.closed
    await expect(open()).rejects.toThrow('ECONNREFUSED')
    await proxy.clear()
    expect(await (await open()).ask('back')).toBe('back')
  })

  it('bandwidth lets pass so many KB a second', async () => {
    const { proxy, open } = await echo()
    await proxy.toxic('bandwidth', { rate: 200 }, { stream: 'upstream' })
    const client = await open()
    const startedAt = performance.now()
    await client.ask('x'.repeat(60_000))
    expect(performance.now() - startedAt).toBeGreaterThan(290)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })

  it('slow_close holds an end back', async () => {
    const { proxy, open } = await echo()
    await proxy.toxic('slow_close', { delay: 200 }, { stream: 'upstream' })
    const client = await open()
    const startedAt = performance.now()
    client.socket.end()
    await client.closed
    expect(performance.now() - startedAt).toBeGreaterThan(195)
  })

  it('timeout swallows all, then closes; 0 never does, until it is cleared', async () => {
    const { proxy, open } = await echo()
    await proxy.toxic('timeout', { timeout: 100 })
    const client = await open()
    client.socket.write('x')
    await client.closed
    expect(client.text()).toBe('')

    await proxy.toxic('timeout', { timeout: 0 })
    const lost = await open()
    lost.socket.write('x')
    await sleep(150)
    expect(lost.socket.readyState).toBe('open')
    await proxy.clear()
    await lost.closed
    expect(lost.text()).toBe('')
  })

  it('a toxic of the existing connections spares those to come', async () => {
    const { proxy, open } = await echo()
    const old = await open()
    await proxy.toxic('timeout', { timeout: 0 }, { only: 'existing' })
    old.socket.write('lost')
    expect(await (await open()).ask('found')).toBe('found')
    expect(old.text()).toBe('')
  })

  it('reset_peer resets what there is and what comes', async () => {
    const { proxy, open } = await echo()
    const old = await open()
    await proxy.toxic('reset_peer', { timeout: 0 })
    expect(await old.closed).toBe('ECONNRESET')
    const client = await open().catch((error: Error) => error)
    if (!(client instanceof Error)) expect(await client.closed).toBe('ECONNRESET')
    await proxy.clear()
    expect(await (await open()).ask('back')).toBe('back')
  })

  it('slicer cuts data into small pieces', async () => {
    const { proxy, open } = await echo()
    await proxy.toxic('slicer', { average_size: 4, size_variation: 2, delay: 500 }, { stream: 'downstream' })
    const client = await open()
    expect(await client.ask('x'.repeat(200))).toBe('x'.repeat(200))
    expect(client.chunks()).toBeGreaterThan(20)
  })

  it('limit_data closes after so many bytes', async () => {
    const { proxy, open } = await echo()
    await proxy.toxic('limit_data', { bytes: 5 }, { stream: 'downstream' })
    const client = await open()
    client.socket.write('0123456789')
    await client.closed
    expect(client.text()).toBe('01234')
  })
})

/** A server that echoes, a proxy before it, and a way to open clients of it; all gone after the test. */
async function echo() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => void sockets.add(socket.on('error', () => {}).pipe(socket)))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error(`Expected a port, got ${address}`)
  const proxy = await startProxy({ target: { host: '127.0.0.1', port: address.port } })
  onTestFinished(async () => {
    await proxy.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { proxy, open: () => open(proxy, sockets) }
}

async function open({ host, port }: ToxicProxy, sockets: Set<Socket>) {
  const socket = connect({ host, port })
  sockets.add(socket)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  await once(socket, 'connect')
  let end = 'end'
  socket.on('error', (error) => {
    end = 'code' in error ? String(error.code) : error.message
  })
  const text = () => Buffer.concat(chunks).toString()
  const received = (length: number) =>
    expect.poll(() => text().length, { timeout: 5_000, interval: 2 }).toBe(length)
  return {
    socket,
    text,
    received,
    chunks: () => chunks.length,
    /** Resolves to how it was closed. */
    closed: new Promise<string>((resolve) => socket.once('close', () => resolve(end))),
    /** What comes back for a text. */
    async ask(question: string): Promise<string> {
      const before = text().length
      socket.write(question)
      await received(before + question.length)
      return text().slice(before)
    },
  }
}
