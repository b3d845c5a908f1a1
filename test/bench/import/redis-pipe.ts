import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, createWriteStream, openSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { RedisServer } from '../../../dev/redis/start.ts'
import type { Command } from '../../../lib/redis/redis.ts'

/** Writes commands as `redis-cli --pipe` takes them. */
export async function writeCommands(file: string, commands: Iterable<Command>): Promise<number> {
  const stream = createWriteStream(file)
  let count = 0
  for (const command of commands) {
    count++
    if (!stream.write(encoded(command))) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'close')
  return count
}

function encoded(command: Command): Buffer {
  const parts = command.map((argument) => Buffer.from(argument))
  return Buffer.concat([
    Buffer.from(`*${parts.length}\r\n`),
    ...parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')]),
  ])
}

/** Milliseconds that redis-cli takes for the file; an Error unless all of its commands were taken. */
export async function pipe({ cli }: RedisServer, file: string, commands: number): Promise<number> {
  const [program = '', ...args] = cli
  const input = openSync(file, 'r')
  const startedAt = performance.now()
  const child = spawn(program, [...args, '--pipe'], { stdio: [input, 'pipe', 'inherit'] })
  closeSync(input)
  const output = child.stdout === null ? '' : await text(child.stdout)
  const ms = performance.now() - startedAt
  if (!output.includes(`errors: 0, replies: ${commands}`))
    throw new Error(`redis-cli --pipe failed: ${output}`)
  return ms
}
