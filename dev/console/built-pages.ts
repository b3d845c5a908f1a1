import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../cache.ts'
import { run } from '../subprocess.ts'
import { type Pages, readPages } from './pages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const builder = join(root, 'dev/console/build.mjs')

/** What the build reads. The lockfile stands for the packages. The pages share a few files of lib/, such as the codes. */
const SOURCES = ['console', 'client/src', 'lib', 'dev/console/build.mjs', 'package-lock.json']

/**
 * The pages of the console. They are built once for each content of the sources, in a process of its own: the bundler
 * would stay in the memory of `npm start`.
 */
export async function buildPages(): Promise<Pages> {
  const name = `console-${await hashSources()}`
  return readPages(await cacheFolder(name, build).catch(buildOnce))
}

async function build(folder: string): Promise<void> {
  await run(process.execPath, [builder, folder])
}

/** Without a cache that this user may write, `npm start` still has its console. */
async function buildOnce(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lookalike-console-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await build(folder)
  return folder
}

async function hashSources(): Promise<string> {
  const files = (await Promise.all(SOURCES.map(listFiles))).flat().toSorted()
  const contents = await Promise.all(files.map((file) => readFile(join(root, file))))
  const all = createHash('sha256')
  for (const [index, content] of contents.entries())
    all.update(`${files[index]}\0${content.length}\0`).update(content)
  return all.digest('hex').slice(0, 16)
}

async function listFiles(path: string): Promise<string[]> {
  if (/\.\w+$/.test(path)) return [path]
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length))
}
