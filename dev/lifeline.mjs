import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'

// Plain JavaScript: dev/setup.mjs uses this file on a Node that cannot strip types.

/**
 * Starts a command that never outlives this process, even after SIGKILL. The command has its own session. So Ctrl-C
 * in a terminal does not reach it directly; this process can pass the signal on.
 *
 * @param {string[]} command program and arguments; the child's `pid` is the program's own
 * @param {import('node:child_process').SpawnOptions} [options] `stdio` with up to three entries
 * @param {string} [end] the shell command that ends it; `$$` stands for the program's process id
 */
export function spawnTied(command, options = {}, end = 'kill -s TERM $$') {
  const [input, output, errors] = Array.isArray(options.stdio) ? options.stdio : Array(3).fill(options.stdio)
  // A pipe closes with its last writer, which is this process. This needs no handler.
  const script = `( read -r _ <&3 || { ${end}; } ) >/dev/null 2>&1 & exec "$@" 3<&-`
  const child = spawn('sh', ['-c', script, 'sh', ...command], {
    ...options,
    detached: true,
    stdio: [input, output, errors, 'pipe'],
  })
  const lifeline = child.stdio?.[3]
  if (lifeline instanceof Writable) {
    lifeline.on('error', () => {})
    // The system may soon give the id to another program. The line tells the watcher to stop.
    child.once('exit', () => lifeline.end('\n'))
  }
  /** Ends the program in the same way as the death of this process. */
  const cut = () => {
    const isRunning = child.exitCode === null && child.signalCode === null
    if (isRunning && lifeline instanceof Writable) lifeline.destroy()
  }
  return { child, cut }
}
