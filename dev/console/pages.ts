import { hash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { extname, join } from 'node:path'
import type { HttpAnswer } from '../local/http-answer.ts'
import { SECURITY_HEADERS } from './headers.ts'

interface Page {
  body: Buffer
  headers: Record<string, string> & { etag: string }
}

/** The files of the built console, by their path below the console's own. */
export type Pages = ReadonlyMap<string, Page>

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
}

/** `app-3F2A9C1B.js`: another content has another name. */
const NAMED_BY_CONTENT = /-[0-9A-Za-z]{8,}\.\w+$/

/** Reads all files of a folder into memory: they are some 500 kB, and no path of a request reaches the disk. */
export async function readPages(folder: string): Promise<Pages> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return new Map(
    await Promise.all(
      files.map(async ({ parentPath, name }) => {
        const file = join(parentPath, name)
        const path = file.slice(folder.length + 1).replaceAll('\\', '/')
        return [path, toPage(path, await readFile(file))] as const
      }),
    ),
  )
}

export function toPage(path: string, body: Buffer): Page {
  return {
    body,
    headers: {
      ...SECURITY_HEADERS,
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'cache-control': NAMED_BY_CONTENT.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: `"${hash('sha256', body).slice(0, 16)}"`,
    },
  }
}

/** Answers a request for a file of the console. `path` is decoded, and empty for the first page. */
export function answerPage(
  pages: Pages,
  { method, path, headers }: { method: string; path: string; headers: IncomingHttpHeaders },
): HttpAnswer {
  const page = pages.get(path === '' ? 'index.html' : path)
  if (page === undefined) return textAnswer(404, 'The console has no such file.')
  if (method !== 'GET' && method !== 'HEAD')
    return textAnswer(405, `Expected GET or HEAD, got ${method}.`, { allow: 'GET, HEAD' })
  const isUnchanged = headers['if-none-match']?.includes(page.headers.etag) === true
  if (isUnchanged) return { status: 304, headers: page.headers, cookies: [], body: '' }
  return { status: 200, headers: page.headers, cookies: [], body: page.body }
}

/** A line for a person, under the same policy as the pages. */
export function textAnswer(status: number, line: string, more: Record<string, string> = {}): HttpAnswer {
  const headers = { ...SECURITY_HEADERS, 'content-type': 'text/plain; charset=utf-8', ...more }
  return { status, headers: { ...headers, 'cache-control': 'no-store' }, cookies: [], body: `${line}\n` }
}
