import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { python } from '../../../dev/python.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const execute = promisify(execFile)
const parts = ['serverless.yml', 'deploy', 'package.json', 'tsconfig.json', 'dev', 'functions', 'lib']

/** A copy of the project, since dist/ and .serverless/ in the working tree are the developer's. */
export interface Project {
  folder: string
  /** Runs osls in the copy. Rejects with code, stdout and stderr if it fails. */
  serverless(args: string[], env?: Record<string, string>): Promise<{ stdout: string; stderr: string }>
  /** The template that the last packaging wrote. */
  readTemplate(): Promise<string>
  /** Where that template is. */
  templatePath: string
  /** Unpacks a zip into the project's folder, and returns the folder of its content. */
  unzip(name: string, zip: string): Promise<string>
  remove(): Promise<void>
}

export async function copyProject(): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-package-'))
  const project = join(folder, 'project')
  for (const name of parts) await cp(join(root, name), join(project, name), { recursive: true })
  await symlink(join(root, 'node_modules'), join(project, 'node_modules'))
  const templatePath = join(project, '.serverless/cloudformation-template-update-stack.json')
  return {
    folder: project,
    templatePath,
    serverless: (args, env = {}) =>
      execute(process.execPath, ['node_modules/serverless/bin/serverless.js', ...args], {
        cwd: project,
        // A home without credentials, on every machine.
        env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
      }),
    readTemplate: () => readFile(templatePath, 'utf8'),
    async unzip(name, zip) {
      const target = join(folder, 'unzipped', name)
      await python(['-m', 'zipfile', '-e', zip, target])
      return target
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
