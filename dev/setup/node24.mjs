import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from '../lock.mjs'
import { assertWritable } from '../writable.mjs'
import { npm } from './npm.mjs'
import { bin, hasGlibc, root } from './run.mjs'

// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.
// Node 24 is an npm package with its own folder and lockfile. So a machine with Node 24 does not download it.
// Our npm can run on it while it installs the other packages, and `npm ci` does not remove it. The binary is always found
// in that package. The link `node_modules/.bin/node` only serves npx and npm scripts.

const folder = join(root, '.node24')
const name = `node-linux-${process.arch}`
const binary = join(folder, 'node_modules', name, 'bin/node')
const DOWNLOAD_MB = 52
const UNPACKED_MB = 127

/** The path of a Node 24, or undefined: this process's own, or the one from npm. */
export function findNode24() {
  if (major() === 24) return process.execPath
  return isInstalled() ? binary : undefined
}

/** The same, but installs a missing Node 24. Throws an Error if npm has no package for this machine. */
export async function provideNode24() {
  if (major() !== 24 && !isInstalled() && hasPackage()) await installNode24()
  const found = findNode24()
  if (found) return found
  if (major() > 24) return process.execPath
  throw new Error(
    `Lookalike runs on Node 24, and this is ${process.version}: install it (nvm install 24, fnm use 24)`,
  )
}

/** False on macOS, on Alpine, and on processors other than x64 and arm64. */
export function hasPackage() {
  return process.platform === 'linux' && hasGlibc()
}

async function installNode24() {
  assertWritable(folder, 'the clone gets Node 24, so make it writable')
  mkdirSync(folder, { recursive: true })
  await withLock(`${folder}.lock`, async () => {
    if (isInstalled()) return // another start has installed it meanwhile
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(declared(file), join(folder, file))
    console.error(`Lookalike runs on Node 24, and this machine has ${process.version}`)
    await npm(['ci', '--omit=dev', `--prefix=${folder}`], {
      cwd: folder,
      title: `Installing Node ${version()} (${DOWNLOAD_MB} MB)`,
      howFar: () => `${megabytes(binary)} of ${UNPACKED_MB} MB unpacked`,
    })
    // Deletes the headers for native packages, a third of the size.
    for (const part of ['include', 'share'])
      rmSync(join(binary, '../..', part), { recursive: true, force: true })
  })
}

/**
 * For `npx serverless` and similar commands. npm never touches this link, because no package of node_modules owns it.
 */
export function linkNode24() {
  const link = join(bin, 'node')
  if (findNode24() !== binary || existsSync(link) || !existsSync(bin)) return
  rmSync(link, { force: true }) // a link to a Node that no longer exists
  symlinkSync(relative(bin, binary), link)
}

function isInstalled() {
  if (!existsSync(binary)) return false
  return JSON.parse(readFileSync(join(binary, '../../package.json'), 'utf8')).version === version()
}

function version() {
  return JSON.parse(readFileSync(declared('package.json'), 'utf8')).optionalDependencies[name]
}

/** @param {string} file */
function declared(file) {
  return fileURLToPath(new URL(`node24/${file}`, import.meta.url))
}

function major() {
  return Number.parseInt(process.versions.node, 10)
}

/** @param {string} path */
function megabytes(path) {
  return Math.round((statSync(path, { throwIfNoEntry: false })?.size ?? 0) / 1e6)
}
