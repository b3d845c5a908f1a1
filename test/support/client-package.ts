import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '../../dev/subprocess.ts'
import { root } from './stack.ts'

export interface InstalledClient {
  /** A folder that holds nothing but the client, as npm installs it from its tarball. */
  folder: string
  tarballBytes: number
  remove(): Promise<void>
}

/** Packs the client and installs the tarball into an empty folder, without a registry. */
export async function installClient(): Promise<InstalledClient> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-client-'))
  const flags = ['--silent', '--offline', '--no-audit', '--no-fund']
  await run('npm', ['pack', join(root, 'client'), '--pack-destination', folder, ...flags])
  const [name = ''] = await readdir(folder)
  const tarball = join(folder, name)
  await writeFile(join(folder, 'package.json'), '{"type": "module", "private": true}')
  await run('npm', ['install', tarball, '--prefix', folder, ...flags])
  const { size } = await stat(tarball)
  return { folder, tarballBytes: size, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Adds packages of this project to the folder. */
export async function linkPackages({ folder }: InstalledClient, names: string[]): Promise<void> {
  for (const name of names) {
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(root, 'node_modules', name), link)
  }
}

/** Compiles a file in the folder with the compiler's own settings, and gives the path of what runs. */
export async function compile(
  { folder }: InstalledClient,
  name: string,
  source: string,
  options: string[] = [],
): Promise<string> {
  await writeFile(join(folder, `${name}.ts`), source)
  const tsc = join(root, 'node_modules/typescript-7/bin/tsc')
  await run(process.execPath, [tsc, `${name}.ts`, ...options], { cwd: folder })
  return join(folder, `${name}.js`)
}

/** The blocks of a page in one language. */
export async function blocksOf(page: string, language: string): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, block = '']) => block,
  )
}
