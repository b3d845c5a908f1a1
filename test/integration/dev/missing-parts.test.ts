import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pip } from '../../../dev/pip.ts'
import { root, temporaryFolder } from '../../support/stack.ts'

let folder: string
/** A PATH with a shell and no Redis, Docker or Python. */
let tools: string
beforeEach(async () => {
  folder = await temporaryFolder()
  tools = join(folder, 'tools')
  mkdirSync(tools)
  for (const program of ['sh', 'cat']) symlinkSync(`/bin/${program}`, join(tools, program))
})
afterEach(() => vi.unstubAllEnvs())

describe('npm start', { timeout: 60_000 }, () => {
  it('says in one line where Redis Stack was looked for, and what to install', () => {
    expect(startWithout({ LOOKALIKE_CACHE: join(folder, 'cache') })).toMatch(
      /^No Redis Stack was found \(.* on the PATH; Docker does not answer within 3 s; .*\): install .* or set REDIS_URL$/,
    )
  })

  it('says in one line that the data folder cannot be written', () => {
    writeFileSync(join(folder, 'file'), '')
    const dataDir = join(folder, 'file/data')
    expect(startWithout({ DATA_DIR: dataDir })).toBe(
      `Expected a folder that this user may write, got ${dataDir} (${folder}/file is a file): set DATA_DIR to one for the data`,
    )
  })

  /** The one line of the error, below what is said of a download. */
  function startWithout(env: Record<string, string>): string {
    const { status, stderr } = spawnSync(process.execPath, ['dev/start.ts'], {
      cwd: root,
      encoding: 'utf8',
      env: { PATH: tools, DATA_DIR: join(folder, 'data'), PORT: '0', S3_PORT: '0', ...env },
    })
    expect(status).toBe(1)
    const lines = stderr.trimEnd().split('\n')
    const isProgress = (line: string) => /^(Downloading .*…| {2}failed)$/.test(line)
    expect(lines.filter((line) => !isProgress(line))).toHaveLength(1)
    return lines.at(-1) ?? ''
  }
})

describe('a download by pip', () => {
  beforeEach(() => void vi.spyOn(console, 'error').mockImplementation(() => {}))
  afterEach(() => void vi.restoreAllMocks())

  const offline = `WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(
Failed to establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/some/
ERROR: No matching distribution found for some==1.0.0`

  it.each([
    ['python3', undefined, /^python3 is missing \(Debian: apt install python3-pip\)$/],
    [
      'pip',
      '/usr/bin/python3: No module named pip',
      /^python3 has no pip \(Debian: apt install python3-pip\)$/,
    ],
    [
      'a network',
      offline,
      /^PyPI does not answer \(Temporary failure in name resolution\): check the network/,
    ],
    ['something else', 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES', /^python3 -m pip failed: .* HASHES$/],
  ])('that lacks %s says so in one line', async (_what, output, message) => {
    if (output !== undefined) writePython(`cat >&2 <<'END'\n${output}\nEND\nexit 1`)
    vi.stubEnv('PATH', tools)
    await expect(pip(['download', 'some'], { title: 'Downloading some', folder })).rejects.toThrow(message)
  })

  it('counts what it has downloaded so far, and leaves only that', async () => {
    writePython(`echo part > "$TMPDIR/part"; echo "$@" > '${folder}/arguments'`)
    vi.stubEnv('PATH', tools)
    await pip(['download', 'some'], { title: 'Downloading some', folder })
    expect(readdirSync(folder).toSorted()).toEqual(['arguments', 'tools'])
    expect(readFileSync(join(folder, 'arguments'), 'utf8')).toMatch(
      /^-m pip download --require-hashes .* some\n$/,
    )
  })

  function writePython(script: string) {
    writeFileSync(join(tools, 'python3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
})
