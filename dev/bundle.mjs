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
  await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: { index: `functions/${name}.ts` },
    outdir: `dist/${name}`,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // What a function import()s becomes a file of its own, read only when it is needed.
    splitting: true,
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
