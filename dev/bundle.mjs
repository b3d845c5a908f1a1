import { readdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// Plain JavaScript: osls may load this under a Node that cannot strip types.
const root = new URL('../', import.meta.url)

/** Writes every `functions/<name>.ts` with all it needs to `dist/<name>/`, afresh. */
export async function bundle() {
  await rm(new URL('dist/', root), { recursive: true, force: true })
  const files = await readdir(new URL('functions/', root))
  const sources = files.filter((file) => file.endsWith('.ts'))
  await Promise.all(sources.map((file) => bundleFunction(file.slice(0, -'.ts'.length))))
}

/**
 * The same for one function.
 * @param {string} name
 */
export async function bundleFunction(name) {
  await rm(new URL(`dist/${name}/`, root), { recursive: true, force: true })
  await bundleEntry(`functions/${name}.ts`, `dist/${name}`)
}

/**
 * Writes any file of ours with all it needs to `<outdir>/index.mjs`.
 * @param {string} entry
 * @param {string} outdir
 */
export async function bundleEntry(entry, outdir) {
  await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: { index: entry },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // What a function import()s becomes a file of its own, read only when it is needed.
    splitting: true,
    // Our commands are our own: the client without the modules' saves 100 KB and 10 ms of a cold start.
    alias: { redis: '@redis/client' },
    // ES modules where a package offers them: client-s3 shrinks by a quarter.
    mainFields: ['module', 'main'],
    // Some packages are CommonJS and require() Node's own modules, which ESM has no word for.
    banner: {
      js: "import { createRequire as nodeCreateRequire } from 'node:module'; const require = nodeCreateRequire(import.meta.url);",
    },
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
  })
}

// No top-level await: osls require()s what it loads.
if (process.argv[1] === fileURLToPath(import.meta.url)) bundle()
