import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from '../../dev/cache.ts'
import { root } from './stack.ts'

const execute = promisify(execFile)

export interface Versions {
  node: string
  npm: string
}

/** The environment of a machine with another Node and another npm first on its PATH. Both are packages of npm. */
export async function machineWith(versions: Versions): Promise<NodeJS.ProcessEnv> {
  const bin = await toolsOf(versions)
  // What this run of npm and of vitest tells its own children is not for others.
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_|NODE_ENV$|NODE_OPTIONS$|VITEST|TEST$|INIT_CWD$|LOG_LEVEL$|POWERTOOLS_DEV$)/.test(name),
  )
  const path = (process.env.PATH ?? '').split(':').filter((folder) => !folder.includes('node_modules'))
  return { ...Object.fromEntries(inherited), PATH: [bin, ...path].join(':') }
}

async function toolsOf({ node, npm }: Versions): Promise<string> {
  const folder = await cacheFolder(`machine-node-${node}-npm-${npm}`, async (target) => {
    const name = `node-linux-${process.arch}`
    await writeFile(join(target, 'package.json'), '{}')
    const packages = [`${name}@${node}`, `npm@${npm}`]
    await execute('npm', [
      'install',
      '--prefix',
      target,
      '--ignore-scripts',
      '--engine-strict=false',
      ...packages,
    ])
    const modules = join(target, 'node_modules')
    for (const part of ['include', 'share'])
      await rm(join(modules, name, part), { recursive: true, force: true })
    await mkdir(join(target, 'bin'))
    await symlink(`../node_modules/${name}/bin/node`, join(target, 'bin/node'))
    // As the installers of Node do it: links to scripts that run on the first `node` of the PATH.
    for (const command of ['npm', 'npx'])
      await symlink(`../node_modules/npm/bin/${command}-cli.js`, join(target, 'bin', command))
  })
  return join(folder, 'bin')
}

/** The files of this working tree, as `git clone` would bring them, with what is not committed yet. */
export async function cloneInto(folder: string): Promise<void> {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard']
  const { stdout } = await execute('git', list, { cwd: root, maxBuffer: 1e8 })
  for (const path of stdout.split('\0').filter(Boolean)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    // A file that was removed and not committed is listed, too.
    await copyFile(join(root, path), join(folder, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
}

export interface Terminal {
  /** What was printed so far. */
  output(): string
  /** Waits for a text; rejects with all output if the command ends before. */
  until(text: string): Promise<void>
  /** Ctrl-C; gives the exit status. */
  interrupt(): Promise<number | null>
}

/** Starts a command as a terminal does: in a process group that gets Ctrl-C as a whole. */
export function startInTerminal(command: string, cwd: string, env: NodeJS.ProcessEnv): Terminal {
  const child = spawn('sh', ['-c', `exec ${command}`], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const closed = once(child, 'close')
  return {
    output: () => text,
    until: async (wanted) => {
      while (!text.includes(wanted)) {
        if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}: ${text}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    interrupt: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGINT')
      await closed
      return child.exitCode
    },
  }
}

/** Runs a command to its end, and returns both outputs; rejects with them where it fails. */
export async function runIn(cwd: string, command: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { stdout, stderr } = await execute('sh', ['-c', command], { cwd, env, maxBuffer: 1e8 })
  return stdout + stderr
}
