import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'

export interface Page {
  body: Buffer
  type: string
  etag: string
  /** Another content has another name, such as `app-3f2a9c1b.js`. */
  isNamedByContent: boolean
}

/** The files of the built console, by their path below the console's own. */
export type Pages = ReadonlyMap<string, Page>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
}

/** Reads all files of a folder into memory: they are some 500 kB, and no path of a request reaches the disk. */
export async function readPages(folder: string): Promise<Pages> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const file = join(parentPath, name)
        const path = file.slice(folder.length + 1)
        return [path, toPage(path, await readFile(file))] as const
      }),
    ),
  )
}

export function toPage(path: string, body: Buffer): Page {
  return {
    body,
    type: TYPES[extname(path)] ?? 'application/octet-stream',
    etag: `"${hash('sha256', body).slice(0, 16)}"`,
    isNamedByContent: /-[0-9a-f]{8,}\.\w+$/.test(path),
  }
}
