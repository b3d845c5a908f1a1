import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { run } from '../subprocess.ts'
import { commonArguments, type Launch, type RedisProgram, type ServerOptions } from './program.ts'

const image = 'redis/redis-stack-server:7.4.0-v8'
const home = '/opt/redis-stack'

/** Redis Stack in containers; an Error when Docker does not answer within 3 s, or cannot get the image. */
export async function redisInDocker(): Promise<RedisProgram> {
  await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 3000 }).catch(() => {
    throw new Error('Docker does not answer')
  })
  await run('docker', ['image', 'inspect', image]).catch(() => {
    console.error(`Downloading ${image} (once)…`)
    return run('docker', ['pull', '--quiet', image])
  })
  return (server) => containerLaunch(server, `lookalike-redis-${randomUUID()}`, userInfo())
}

/** How a server runs as the container `name`, with its files owned by `user`. */
export function containerLaunch(
  { port, dir, args }: ServerOptions,
  name: string,
  user: { uid: number; gid: number },
): Launch {
  const inside = 6379
  return {
    command: [
      ...['docker', 'run', '--rm', '--name', name, '--user', `${user.uid}:${user.gid}`],
      ...['--publish', `127.0.0.1:${port}:${inside}`, '--mount', `type=bind,source=${dir},target=/data`],
      ...['--entrypoint', `${home}/bin/redis-server`, image],
      // Only the published port leads here, and it is on the loopback.
      ...['--bind', '0.0.0.0', '--protected-mode', 'no', '--port', String(inside), '--dir', '/data'],
      ...commonArguments(`${home}/lib`),
      ...args,
    ],
    end: `docker rm --force ${name}; kill -s KILL $$`,
    cli: ['docker', 'exec', '--interactive', name, `${home}/bin/redis-cli`, '-p', String(inside)],
    pid: async () => {
      const state = await run('docker', ['inspect', '--format', '{{.State.Pid}}', name])
      return Number.parseInt(state.toString(), 10)
    },
  }
}
