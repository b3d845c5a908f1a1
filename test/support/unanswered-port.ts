import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onTestFinished } from 'vitest'

const listener = `const server = require('node:net').createServer()
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => console.log(server.address().port))`

/**
 * A port of this machine where a connect is neither accepted nor refused, as behind a security group that lacks a rule:
 * its process is stopped, and its queue of connections full. Freed after the test.
 */
export async function unansweredPort(): Promise<number> {
  const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'inherit'] })
  const fillers: Socket[] = []
  onTestFinished(() => {
    child.kill('SIGKILL')
    for (const socket of fillers) socket.destroy()
  })
  const [line] = await once(child.stdout, 'data')
  child.kill('SIGSTOP')
  const port = Number(String(line))
  for (let isAnswered = true; isAnswered; ) {
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => {})
    fillers.push(socket)
    isAnswered = await Promise.race([once(socket, 'connect').then(() => true), sleep(200, false)])
  }
  return port
}
