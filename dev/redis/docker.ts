import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { run } from '../subprocess.ts'
import { commonArguments, type Launch, type RedisProgram, type ServerOptions } from './program.ts'

/** An image with search and JSON, and the places of its files. Its publisher can move a tag, but no digest. */
interface Image {
  name: string
  bin: string
  modules: string
}

export const STACK_IMAGE: Image = {
  name: 'redis/redis-stack-server:7.4.0-v8@sha256:798ab84d9f266936b034ab11c4d04a2b8e4b441884c5aa7d17ac951eefdf742a',
  bin: '/opt/redis-stack/bin',
  modules: '/opt/redis-stack/lib',
}

export const REDIS8_IMAGE: Image = {
  name: 'redis:8.2.3@sha256:0908d9af26bf9b985e984a40a5eb82eed229b07a3317eee6843832c3cc3a9619',
  bin: '/usr/local/bin',
  modules: '/usr/local/lib/redis/modules',
}

/** Redis in containers. Throws an Error if Docker does not answer within 3 s, or cannot get the image. */
export async function redisInDocker(image: Image): Promise<RedisProgram> {
  await run('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 3000 }).catch(() => {
    throw new Error('Docker does not answer within 3 s')
  })
  await run('docker', ['image', 'inspect', image.name]).catch(() => {
    console.error(`Downloading ${image.name} (once)…`)
    return run('docker', ['pull', '--quiet', image.name])
  })
  return (server) => containerLaunch(image, server, `lookalike-redis-${randomUUID()}`, userInfo())
}

/** The launch of a server as the container `name`, with its files owned by `user`. */
export function containerLaunch(
  image: Image,
  { port, dir, args }: ServerOptions,
  name: string,
  user: { uid: number; gid: number },
): Launch {
  const inside = 6379
  return {
    command: [
      ...['docker', 'run', '--rm', '--name', name, '--user', `${user.uid}:${user.gid}`],
      ...['--publish', `127.0.0.1:${port}:${inside}`, '--mount', `type=bind,source=${dir},target=/data`],
      ...['--entrypoint', `${image.bin}/redis-server`, image.name],
      // Only the published port leads to this address, and that port is on the loopback.
      ...['--bind', '0.0.0.0', '--protected-mode', 'no', '--port', String(inside), '--dir', '/data'],
      ...commonArguments(image.modules),
      ...args,
    ],
    end: `docker rm --force ${name}; kill -s KILL $$`,
    cli: ['docker', 'exec', '--interactive', name, `${image.bin}/redis-cli`, '-p', String(inside)],
    pid: async () => {
      const state = await run('docker', ['inspect', '--format', '{{.State.Pid}}', name])
      return Number.parseInt(state.toString(), 10)
    },
  }
}
