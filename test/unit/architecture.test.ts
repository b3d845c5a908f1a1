import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const sources = ['functions', 'lib', 'dev'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .map((name) => join(folder, name)),
)

/** `lib/vector.ts` → what it imports of ours, as paths from the root. */
function importsOf(path: string): string[] {
  const matches = read(path).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)
  return [...matches].map(([, target = '']) => relative(root, join(root, dirname(path), target)))
}

/** From the edges to the ground: a file may import of its own layer and of those below. */
const LAYERS: readonly (readonly [name: string, files: RegExp])[] = [
  ['functions', /^functions\//],
  ['api', /^lib\/api\//],
  ['use-cases', /^lib\/[^/]+\.ts$/],
  ['check', /^lib\/check\//],
  ['versions', /^lib\/versions\//],
  ['import, search, recall', /^lib\/(import|search|recall)\//],
  ['index', /^lib\/index\//],
  ['users', /^lib\/users\//],
  ['storage', /^lib\/storage\//],
  ['redis, s3, sqs', /^lib\/(redis|s3|sqs)\//],
  ['ground', /^lib\/(vector|definition|errors|problem-schema)\.ts$/],
]

const layerOf = (path: string) => LAYERS.findLastIndex(([, files]) => files.test(path))

describe('the architecture', () => {
  it('points one way: functions → api → use-cases → check → versions → import, search → index → users → storage → redis, s3 → vector, definition, errors', () => {
    const upward = sources
      .filter((path) => !path.startsWith('dev/'))
      .flatMap((path) => importsOf(path).map((target) => ({ path, target })))
      .filter(({ path, target }) => layerOf(target) < layerOf(path))
      .map(({ path, target }) => `${path} imports ${target}`)
    expect(upward).toEqual([])
  })

  it('keeps importing and searching apart', () => {
    const crossing = sources.flatMap((path) =>
      importsOf(path)
        .filter(
          (target) =>
            [path, target]
              .map((file) => file.split('/')[1])
              .toSorted()
              .join() === 'import,search',
        )
        .map((target) => `${path} imports ${target}`),
    )
    expect(crossing).toEqual([])
  })

  it('has no import that leads out of it', () => {
    const strays = sources
      .filter((path) => !path.startsWith('dev/'))
      .flatMap((path) => importsOf(path).filter((target) => layerOf(target) === -1))
    expect(strays).toEqual([])
  })

  it('reads the environment in one file', () => {
    const readers = sources.filter((path) => !path.startsWith('dev/') && /process\.env/.test(read(path)))
    expect(readers).toEqual(['lib/config.ts'])
  })

  it('has every package that a function is bundled with among its dependencies', () => {
    const { dependencies } = JSON.parse(read('package.json'))
    const bundled = sources
      .filter((path) => !path.startsWith('dev/'))
      .flatMap((path) => [
        ...read(path).matchAll(/^import (?!type ).* from '([^.'][^']*)'|import\('([^.'][^']*)'/gm),
      ])
      .map(([, imported, loaded]) => imported ?? loaded ?? '')
      .filter((name) => !name.startsWith('node:'))
    expect(bundled).toContain('valibot')
    const names = Object.keys(dependencies)
    const undeclared = bundled.filter(
      (name) => !names.some((known) => name === known || name.startsWith(`${known}/`)),
    )
    expect(undeclared).toEqual([])
  })

  it('explains every dependency', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json'))
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
    const page = read('docs/dependencies.md')
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
    const explained = [...page.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) => cell.split(', '))
    expect(explained.filter((cell) => !names.includes(cell.replaceAll('`', '')))).toEqual([])
  })

  it('explains every variable', () => {
    const variables = new Set(read('lib/config.ts').match(/\b[A-Z]+(_[A-Z]+)+\b/g))
    const page = read('docs/config.md')
    expect(
      [...variables].filter((name) => !page.includes(`\`${name}\``) && name !== 'CONFIG_INVALID'),
    ).toEqual([])
  })
})
