import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { withLock } from '../lock.mjs'
import { assertWritable } from '../writable.mjs'
import { npm } from './npm.mjs'
import { hasGlibc, root } from './run.mjs'

// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.

/**
 * A package as a lockfile lists it.
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, devOptional?: boolean } & Machines} Package
 *
 * The machines that a package is for: a list of each, or one. Without any it is for all.
 * @typedef {{ os?: string | string[], cpu?: string | string[], libc?: string | string[] }} Machines
 */

/**
 * Installs the npm packages if some are missing or differ from package-lock.json. `withDev` also installs packages
 * that only tests and checks need. npm runs on `node`.
 *
 * @param {{ withDev: boolean, node: string }} options
 */
export async function installPackages({ withDev, node }) {
  if (missingPackage(withDev) === undefined) return
  const lock = join(root, '.lookalike/npm-ci')
  assertWritable(dirname(lock), 'the clone gets the npm packages, so make it writable')
  await withLock(lock, async () => {
    if (missingPackage(withDev) === undefined) return // another start has installed them meanwhile
    // `npm ci` begins with the removal of all packages, and a running stack may need them.
    if (missingPackage(false) === undefined && !existsSync(unfinished)) await addDevPackages(node)
    else await runNpm(['ci', withDev ? '--include=dev' : '--omit=dev'], withDev, node)
    const missing = missingPackage(withDev)
    if (missing) throw new Error(`npm has not installed ${missing}: run npm ci, and look at what it prints`)
  })
}

/**
 * Exists while packages are being added. If it remains, one of the packages may lack files, and npm would not notice.
 */
const unfinished = join(root, 'node_modules/.unfinished')

/** @param {string} node */
async function addDevPackages(node) {
  writeFileSync(unfinished, '')
  await runNpm(['install', '--no-save', '--include=dev'], true, node)
  rmSync(unfinished)
}

/**
 * @param {string[]} args
 * @param {boolean} withDev
 * @param {string} node
 */
function runNpm(args, withDev, node) {
  const wanted = wantedPackages(withDev).map(([path]) => join(root, path, 'package.json'))
  const title = `Installing ${wanted.length} npm packages${withDev ? ', with those for tests and checks' : ''}`
  const howFar = () => `${wanted.filter((path) => existsSync(path)).length} of ${wanted.length}`
  return npm(args, { cwd: root, title, howFar, node })
}

/**
 * A missing package, as `name@version`. npm writes its own lockfile into node_modules last, after all packages. But
 * `npm install --package-lock-only` writes it, too.
 *
 * @param {boolean} withDev
 */
function missingPackage(withDev) {
  const installed = packagesOf('node_modules/.package-lock.json')
  const missing = wantedPackages(withDev).find(
    ([path, { version }]) => installed[path]?.version !== version || !existsSync(join(root, path)),
  )
  return missing && `${missing[0].replace(/^.*node_modules\//, '')}@${missing[1].version}`
}

/**
 * All packages that this machine needs. The version of an installed optional package counts, too.
 *
 * @param {boolean} withDev
 */
function wantedPackages(withDev) {
  const installed = packagesOf('node_modules/.package-lock.json')
  return Object.entries(packagesOf('package-lock.json')).filter(([path, wanted]) => {
    if (path === '' || (wanted.dev && !withDev)) return false
    const mayBeMissing = (wanted.optional || (wanted.devOptional && !withDev)) && !isForThisMachine(wanted)
    return !mayBeMissing || installed[path] !== undefined
  })
}

/**
 * True for a package with programs for exactly this system, processor and C library, such as esbuild's and
 * rolldown's.
 *
 * @param {Package} wanted
 */
function isForThisMachine({ os, cpu, libc }) {
  if (os === undefined || cpu === undefined) return false
  const here = [process.platform, process.arch, hasGlibc() ? 'glibc' : 'musl']
  return [os, cpu, libc ?? []]
    .map((list) => [list].flat())
    .every((list, index) => list.length === 0 || list.includes(String(here[index])))
}

/**
 * @param {string} lockfile
 * @returns {Record<string, Package>}
 */
function packagesOf(lockfile) {
  const path = join(root, lockfile)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}
