import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'

// Plain JavaScript: dev/setup.mjs uses this on a Node that cannot strip types.

/**
 * Starts a command that never outlives this process, even when this process is killed with SIGKILL.
 * It gets a session of its own, so that Ctrl-C in a terminal reaches it through us or not at all.
 *
 * @param {string[]} command program and arguments; the child's `pid` is the program's own
 * @param {import('node:child_process').SpawnOptions} [options] `stdio` with up to three entries
 * @param {string} [end] the shell command that ends it; `$$` stands for the program's process id
 */
export function spawnTied(command, options = {}, end = 'kill -s TERM $$') {
  const [input, output, errors] = Array.isArray(options.stdio) ? options.stdio : Array(3).fill(options.stdio)
  // A pipe closes with its last writer, which is this process: no handler has to run for it.
  const script = `( read -r _ <&3 || { ${end}; } ) >/dev/null 2>&1 & exec "$@" 3<&-`
  const child = spawn('sh', ['-c', script, 'sh', ...command], {
    ...options,
    detached: true,
    stdio: [input, output, errors, 'pipe'],
  })
  const lifeline = child.stdio?.[3]
  if (lifeline instanceof Writable) {
    lifeline.on('error', () => {})
    // Its id may soon be another program's: the line tells the watcher to leave it alone.
    child.once('exit', () => lifeline.end('\n'))
  }
  /** Ends the program as the death of this process would. */
  const cut = () => {
    const isRunning = child.exitCode === null && child.signalCode === null
    if (isRunning && lifeline instanceof Writable) lifeline.destroy()
  }
  return { child, cut }
}
