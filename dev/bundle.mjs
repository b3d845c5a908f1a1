import { readdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

// Plain JavaScript: osls may load this file under a Node that cannot strip types.
const root = new URL('../', import.meta.url)

/** Bundles every `functions/<name>.ts` with its dependencies into `dist/<name>/`, after deleting old bundles. */
export async function bundle() {
  await rm(new URL('dist/', root), { recursive: true, force: true })
  const files = await readdir(new URL('functions/', root))
  const sources = files.filter((file) => file.endsWith('.ts'))
  await Promise.all(sources.map((file) => bundleFunction(file.slice(0, -'.ts'.length))))
}

/**
 * Bundles one function.
 *
 * @param {string} name
 */
export async function bundleFunction(name) {
  await rm(new URL(`dist/${name}/`, root), { recursive: true, force: true })
  await bundleEntry(`functions/${name}.ts`, `dist/${name}`)
}

/**
 * Bundles any of our files with its dependencies into `<outdir>/index.mjs`.
 *
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
    // Code behind an import() becomes a separate file, which is read on demand.
    splitting: true,
    // We build all commands ourselves, so the client without the module commands is enough. It saves 100 KB and 10 ms
    // of a cold start.
    alias: { redis: '@redis/client' },
    // Prefers ES modules: client-s3 shrinks by a quarter.
    mainFields: ['module', 'main'],
    // Some packages are CommonJS and require() Node's own modules, and ESM has no require().
    banner: {
      js: "import { createRequire as nodeCreateRequire } from 'node:module'; const require = nodeCreateRequire(import.meta.url);",
    },
    minify: true,
    // For the stacks of errors (lib/lambda/readable-stack.ts). A start does not read them. They add 200 to 470 KB to a
    // zip; with the sources in them, it would be five times as much.
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  })
}

// No top-level await, because osls loads this file by require().
if (process.argv[1] === fileURLToPath(import.meta.url)) bundle()
