import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { withLock } from '../lock.mjs'
import { assertWritable } from '../writable.mjs'
import { npm } from './npm.mjs'
import { root } from './run.mjs'

// Plain JavaScript: dev/setup.mjs uses this on a Node that cannot strip types.

/**
 * A package as a lockfile lists it.
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, devOptional?: boolean }} Package
 */

/**
 * Installs the npm packages where they are missing or others than those of package-lock.json. `withDev`: also those
 * that only tests and checks need.
 * @param {{ withDev: boolean }} options
 */
export async function installPackages({ withDev }) {
  if (missingPackage(withDev) === undefined) return
  const lock = join(root, '.lookalike/npm-ci')
  assertWritable(dirname(lock), 'the clone gets the npm packages, so make it writable')
  await withLock(lock, async () => {
    if (missingPackage(withDev) === undefined) return // another start has installed them meanwhile
    // `npm ci` begins with the removal of all packages, and a stack that runs may need them.
    if (missingPackage(false) === undefined && !existsSync(unfinished)) await addDevPackages()
    else await runNpm(['ci', withDev ? '--include=dev' : '--omit=dev'], withDev)
    const missing = missingPackage(withDev)
    if (missing) throw new Error(`npm has not installed ${missing}: run npm ci, and look at what it prints`)
  })
}

/** There while packages are added. Where it is left, one of them may lack files, and npm would not notice. */
const unfinished = join(root, 'node_modules/.unfinished')

async function addDevPackages() {
  writeFileSync(unfinished, '')
  await runNpm(['install', '--no-save', '--include=dev'], true)
  rmSync(unfinished)
}

/**
 * @param {string[]} args
 * @param {boolean} withDev
 */
function runNpm(args, withDev) {
  const wanted = wantedPackages(withDev).map(([path]) => join(root, path, 'package.json'))
  const title = `Installing ${wanted.length} npm packages${withDev ? ', with those for tests and checks' : ''}`
  const howFar = () => `${wanted.filter((path) => existsSync(path)).length} of ${wanted.length}`
  return npm(args, { cwd: root, title, howFar })
}

/**
 * One that is missing, as `name@version`. npm writes its own lockfile into node_modules last, when all else is there.
 * @param {boolean} withDev
 */
function missingPackage(withDev) {
  const installed = packagesOf('node_modules/.package-lock.json')
  const missing = wantedPackages(withDev).find(([path, { version }]) => installed[path]?.version !== version)
  return missing && `${missing[0].replace(/^.*node_modules\//, '')}@${missing[1].version}`
}

/**
 * All but those that npm may leave out on this system. Of these, one that is there must have the right version.
 * @param {boolean} withDev
 */
function wantedPackages(withDev) {
  const isThere = packagesOf('node_modules/.package-lock.json')
  return Object.entries(packagesOf('package-lock.json')).filter(
    ([path, { dev, optional, devOptional }]) =>
      path !== '' && (withDev || !dev) && (!(optional || devOptional) || isThere[path] !== undefined),
  )
}

/**
 * @param {string} lockfile
 * @returns {Record<string, Package>}
 */
function packagesOf(lockfile) {
  const path = join(root, lockfile)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {}
}
