import { join } from 'node:path'

/** Describes how to run a server of an installed Redis Stack. */
export type RedisProgram = (server: ServerOptions) => Launch

export interface ServerOptions {
  port: number
  /** Absolute path of the data folder. */
  dir: string
  /** Additional arguments of redis-server. */
  args: string[]
}

export interface Launch {
  /** Runs the server in the foreground. SIGTERM ends it in order. */
  command: string[]
  /** A shell command that ends the server at once; `$$` is the process of `command`. */
  end: string
  /** redis-cli, connected to the server. */
  cli: string[]
  /** Redis's own process id, given that of `command`. */
  pid: (commandPid: number) => Promise<number>
}

/** A Redis Stack in installed files. `libraries` is the folder of libraries that the system lacks. */
export function installedProgram(bin: string, modules: string, libraries?: string): RedisProgram {
  const environment = libraries === undefined ? [] : ['env', `LD_LIBRARY_PATH=${libraries}`]
  return ({ port, dir, args }) => ({
    command: [
      ...environment,
      join(bin, 'redis-server'),
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', dir],
      ...commonArguments(modules),
      ...args,
    ],
    end: 'kill -s KILL $$',
    cli: [...environment, join(bin, 'redis-cli'), '-p', String(port)],
    pid: async (commandPid) => commandPid,
  })
}

/** The arguments of every server, wherever it runs. */
export function commonArguments(modules: string): string[] {
  return [
    ...['--daemonize', 'no', '--save', ''],
    // Redis Stack's own limit. Without it, the module allows a million results.
    ...['--loadmodule', join(modules, 'redisearch.so'), 'MAXSEARCHRESULTS', '10000'],
    ...['--loadmodule', join(modules, 'rejson.so')],
  ]
}
