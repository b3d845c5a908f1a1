import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// Plain JavaScript, as dev/bundle.mjs: the packaging may load this file under a Node that cannot strip types.
const source = fileURLToPath(new URL('../../console/', import.meta.url))

/**
 * Builds the console into `outDir`: `index.html`, `app-<hash>.js` and `app-<hash>.css`. Every URL in them is relative,
 * so any path can serve them. Returns the names of the files.
 *
 * @param {string} outDir
 * @returns {Promise<string[]>}
 */
export async function buildConsole(outDir) {
  await rm(outDir, { recursive: true, force: true })
  await mkdir(outDir, { recursive: true })
  const { outputFiles } = await build({
    absWorkingDir: source,
    entryPoints: [
      { in: 'main.tsx', out: 'app' },
      { in: 'style.css', out: 'app' },
    ],
    outdir: outDir,
    write: false,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
  let page = await readFile(join(source, 'index.html'), 'utf8')
  const names = ['index.html']
  for (const { path, contents } of outputFiles) {
    const plain = basename(path)
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 12)
    const name = plain.replace('.', `-${hash}.`)
    page = page.replace(`./${plain}`, `./${name}`)
    await writeFile(join(outDir, name), contents)
    names.push(name)
  }
  await writeFile(join(outDir, 'index.html'), page)
  return names
}

const outDir = process.argv[2]
if (process.argv[1] === fileURLToPath(import.meta.url) && outDir !== undefined) {
  await buildConsole(resolve(outDir))
}
