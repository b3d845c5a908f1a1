import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnTied } from './lifeline.mjs'
import { withLock } from './lock.mjs'

// `node dev/setup.mjs SCRIPT [ARGUMENT…]` installs the npm packages if they are missing, and runs the script on
// Node 24. Plain JavaScript without dependencies: it starts on a bare clone and on whatever Node is there.

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')

try {
  refuseOldNode()
  await installPackages()
  const node = findNode24()
  const command = process.argv.slice(2)
  if (command.length > 0) endLike(await run([node, ...command], { stdio: 'inherit' }))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 11)) return
  throw new Error(`Lookalike starts on Node 20.11 or later, and this is ${process.version}: install Node 24`)
}

async function installPackages() {
  if (packagesMatchLockfile()) return
  await withLock(join(root, '.lookalike/npm-ci'), async () => {
    if (packagesMatchLockfile()) return // another start has done it meanwhile
    console.error('Installing packages (first start only)…')
    const npm = ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error']
    const end = await run(npm, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    if (end.signal) endLike(end)
    if (end.code !== 0) throw new Error('npm ci failed, see above: check the network, and start again')
  })
}

/** npm writes its own lockfile into node_modules last, when everything else is in place. */
function packagesMatchLockfile() {
  if (!existsSync(join(root, 'node_modules/.package-lock.json'))) return false
  const installed = packagesOf('node_modules/.package-lock.json')
  return Object.entries(packagesOf('package-lock.json')).every(([path, wanted]) => {
    const found = installed[path]
    return path === '' || (found ? found.version === wanted.version : wanted.optional)
  })
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version: string, optional?: boolean }>}
 */
function packagesOf(lockfile) {
  return JSON.parse(readFileSync(join(root, lockfile), 'utf8')).packages
}

/** The Node that started us where it will do, else the one that npm installed (there is none for macOS). */
function findNode24() {
  const major = Number.parseInt(process.versions.node, 10)
  const packaged = join(bin, 'node')
  if (major !== 24 && existsSync(packaged)) return packaged
  if (major >= 24) return process.execPath
  throw new Error(
    `Lookalike runs on Node 24, and this is ${process.version}: install it (nvm install 24, fnm use 24)`,
  )
}

/**
 * Runs a command to its end, and passes signals on to it.
 * @param {string[]} command
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
function run(command, options) {
  const path = [bin, process.env.PATH].join(delimiter)
  const { child } = spawnTied(command, { ...options, env: { ...process.env, PATH: path } })
  const stopPassing = passSignalsTo(child)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      stopPassing()
      resolve({ code, signal })
    })
  })
}

/** @param {import('node:child_process').ChildProcess} child */
function passSignalsTo(child) {
  let last = Number.NEGATIVE_INFINITY
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    // One Ctrl-C comes twice: from the terminal, and from npm, which got it from the terminal too.
    if (performance.now() - last > 500) child.kill(signal)
    last = performance.now()
  }
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, pass)
  // npm waits for us through a shell, which a SIGTERM to npm ends without a word to us.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) pass('SIGTERM')
  }, 200)
  return () => {
    clearInterval(watch)
    for (const signal of signals) process.off(signal, pass)
  }
}

/** @param {{ code: number | null, signal: NodeJS.Signals | null }} end */
function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal)
  else process.exitCode = code ?? 1
}
