import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnTied } from '../lifeline.mjs'

// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'node_modules', '.bin')

/** The loaders of programs that are linked with glibc. Alpine has another library. */
const loaders = new Map([
  ['x64', '/lib64/ld-linux-x86-64.so.2'],
  ['arm64', '/lib/ld-linux-aarch64.so.1'],
])

export function hasGlibc() {
  const loader = loaders.get(process.arch)
  return loader !== undefined && existsSync(loader)
}

/**
 * How a command ended, and the signal that this process has received meanwhile and passed on.
 *
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, passedOn: NodeJS.Signals | undefined }} End
 */

/** A signal ended a step of the set-up, so this process ends by it, too. */
export class Interrupted extends Error {
  /** @param {NodeJS.Signals} signal */
  constructor(signal) {
    super(`Interrupted by ${signal}`)
    this.signal = signal
  }
}

/**
 * Runs a command to its end, and passes signals on to it.
 *
 * @param {string[]} command
 * @param {import('node:child_process').SpawnOptions} options
 * @param {(child: import('node:child_process').ChildProcess) => void} [onStart]
 * @returns {Promise<End>}
 */
export function run(command, options, onStart = () => {}) {
  const path = [bin, process.env.PATH].join(delimiter)
  const { child } = spawnTied(command, { ...options, env: { ...process.env, PATH: path } })
  onStart(child)
  const signals = passSignalsTo(child)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, passedOn: signals.stop() }))
  })
}

/**
 * `stop` returns the received signal.
 *
 * @param {import('node:child_process').ChildProcess} child
 */
function passSignalsTo(child) {
  /** @type {NodeJS.Signals | undefined} */
  let passedOn
  let last = Number.NEGATIVE_INFINITY
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    // One Ctrl-C arrives twice: from the terminal, and from npm, which also got it from the terminal.
    if (performance.now() - last > 500) child.kill(signal)
    last = performance.now()
    passedOn ??= signal
  }
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of signals) process.on(signal, pass)
  // npm waits for this process through a shell. A SIGTERM to npm ends that shell, and this process gets no signal.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.env.npm_lifecycle_event && process.ppid !== parent) pass('SIGTERM')
  }, 200)
  const stop = () => {
    clearInterval(watch)
    for (const signal of signals) process.off(signal, pass)
    return passedOn
  }
  return { stop }
}

/** @param {{ code: number | null, signal: NodeJS.Signals | null }} end */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal)
  else process.exitCode = code ?? 1
}
