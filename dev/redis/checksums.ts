import { hash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Records checksums of the files below `bin` and `lib` of a folder: these files are executed or loaded. */
export async function recordChecksums(folder: string): Promise<void> {
  await writeFile(join(folder, 'checksums'), await checksums(folder))
}

/** Whether the folder still has the recorded files with the recorded content. */
export async function isIntact(folder: string): Promise<boolean> {
  const recorded = await readFile(join(folder, 'checksums'), 'utf8').catch(() => '')
  return recorded === (await checksums(folder).catch(() => undefined))
}

/** One line per file, as `sha256sum` prints it. */
async function checksums(folder: string): Promise<string> {
  const names = await Promise.all(['bin', 'lib'].map((part) => namesIn(folder, part)))
  const lines = names
    .flat()
    .map(async (name) => `${hash('sha256', await readFile(join(folder, name)))}  ${name}\n`)
  return (await Promise.all(lines)).join('')
}

async function namesIn(folder: string, part: string): Promise<string[]> {
  return (await readdir(join(folder, part))).sort().map((name) => `${part}/${name}`)
}
