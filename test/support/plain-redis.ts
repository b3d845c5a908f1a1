import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { findRedis } from '../../dev/redis/find.ts'
import { runServer } from '../../dev/redis/process.ts'
import { freePort } from '../../dev/redis/start.ts'
import { temporaryFolder } from './stack.ts'

/** The URL of a Redis without modules, which ends with the test. */
export async function startPlainRedis(): Promise<string> {
  const dir = await temporaryFolder()
  const port = await freePort()
  const launch = (await findRedis())({ port, dir, args: [] })
  const command = launch.command.slice(0, launch.command.indexOf('--loadmodule'))
  const server = runServer({ ...launch, command }, join(dir, 'redis.log'))
  onTestFinished(server.stop)
  await server.ready()
  return `redis://127.0.0.1:${port}`
}
