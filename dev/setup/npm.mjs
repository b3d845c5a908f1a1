import { existsSync, realpathSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { withProgress } from '../progress.mjs'
import { Interrupted, run } from './run.mjs'

// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.

const flags = [
  // A user's npm settings must not omit packages that Lookalike needs.
  ...['--include=optional', '--include=peer', '--engine-strict=false'],
  // No package needs its script: without it, esbuild starts 0.1 s later.
  ...['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=http'],
  // Without a network, npm gives up after 20 s. By default it takes 70 s.
  '--fetch-retry-maxtimeout=10000',
]

/**
 * Runs npm in `cwd`, on `node` if possible, and shows its progress. If npm fails, the Error says in one line what is
 * missing.
 *
 * @param {string[]} args
 * @param {{ cwd: string, title: string, howFar: () => string, node?: string }} options
 */
export async function npm(args, { cwd, title, howFar, node = process.execPath }) {
  await withProgress(title, howFar, async (say) => {
    /** @type {string[]} */
    const errors = []
    let isRetrying = false
    /** @param {string} line */
    const read = (line) => {
      const code = /attempt \d+ failed with (\w+)/.exec(line)?.[1]
      if (code && !isRetrying) say(`The package registry does not answer (${code}); npm tries again…`)
      if (code) isRetrying = true
      if (!/^npm (http|warn|notice)\b/i.test(line)) errors.push(line)
    }
    /** @type {import('node:child_process').StdioOptions} */
    const stdio = ['ignore', 'ignore', 'pipe']
    const end = await run([...npmOn(node), ...args, ...flags], { cwd, stdio }, ({ stderr }) => {
      if (stderr) createInterface({ input: stderr }).on('line', read)
    })
    if (end.passedOn) throw new Interrupted(end.passedOn)
    if (end.code !== 0) throw new Error(explain(`npm ${args[0]}`, cwd, end.code, errors))
  })
}

/**
 * npm silently omits an optional package that does not fit the Node on which npm runs. On Node 20.11, the binary of
 * the test runner is such a package. So we run npm's own script: that of the npm that started us, or the one behind
 * the link on the PATH.
 *
 * @param {string} node
 */
function npmOn(node) {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'npm'))
  const script = [process.env.npm_execpath, realPath(onPath.find((path) => existsSync(path)))].find(
    (path) => path !== undefined && basename(path) === 'npm-cli.js',
  )
  return script ? [node, script] : ['npm']
}

/** @param {string | undefined} path */
function realPath(path) {
  return path === undefined ? undefined : realpathSync(path)
}

/**
 * @param {string} command
 * @param {string} cwd
 * @param {number | null} status
 * @param {string[]} errors
 */
function explain(command, cwd, status, errors) {
  if (status === 127)
    return 'npm is missing: it comes with Node (nodejs.org), or is a package of its own (apt install npm)'
  // npm 10.2 writes `npm ERR! code`, later versions write `npm error code`.
  const code = errors.map((line) => /^npm (?:ERR!|error) code (\w+)$/.exec(line)?.[1]).find(Boolean) ?? ''
  if (
    /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|E\w*TIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT)$/.test(code)
  ) {
    return `The npm packages cannot be downloaded, because the registry does not answer (${code}): check the network, and npm's proxy and registry (npm config list), then start again`
  }
  if (/^(EACCES|EPERM|EROFS)$/.test(code)) {
    return `The npm packages cannot be written to ${cwd} (${code}): make it and npm's cache (npm config get cache) writable for this user, then start again`
  }
  if (code === 'ENOSPC')
    return `The disk is full: free some space for the npm packages in ${cwd}, then start again`
  return [...errors, `${command} failed, see above: fix that, then start again`].join('\n')
}
