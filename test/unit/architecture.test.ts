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

/** From the edges to the ground: a file may import files of its own layer and of the layers below. */
const LAYERS: readonly (readonly [name: string, files: RegExp])[] = [
  ['functions', /^functions\//],
  ['config', /^lib\/(config|index-definition)\.ts$/],
  ['api', /^lib\/api\//],
  ['check', /^lib\/check\//],
  ['provisioning', /^lib\/provisioning\//],
  ['recall', /^lib\/recall\//],
  ['audiences', /^lib\/audiences\//],
  ['import, search', /^lib\/(import|search)\//],
  ['users', /^lib\/users\//],
  ['storage, index-state', /^lib\/(storage|index-state)\//],
  ['jobs, lambda', /^lib\/(jobs|lambda)\//],
  ['redis, s3, sqs', /^lib\/(redis|s3|sqs)\//],
  ['aws', /^lib\/aws\//],
  ['definition, vector', /^lib\/(definition|vector)\.ts$/],
  ['fields', /^lib\/fields\//],
  ['errors', /^lib\/errors\.ts$/],
  ['package.json', /^package\.json$/],
]

/** Folders of one layer that know nothing of each other. */
const APART = [
  ['import', 'search'],
  ['storage', 'index-state'],
] as const

const layerOf = (path: string) => LAYERS.findLastIndex(([, files]) => files.test(path))
const arrows = sources
  .filter((path) => !path.startsWith('dev/'))
  .flatMap((path) => importsOf(path).map((target) => ({ path, target })))

describe('the architecture', () => {
  it(`points one way: ${LAYERS.map(([name]) => name).join(' → ')}`, () => {
    const upward = arrows
      .filter(({ path, target }) => layerOf(target) < layerOf(path))
      .map(({ path, target }) => `${path} imports ${target}`)
    expect(upward).toEqual([])
  })

  it('has no circle of files, dev/ included', () => {
    const all = sources.flatMap((path) => importsOf(path).map((target) => ({ path, target })))
    const targets = Map.groupBy(all, ({ path }) => path)
    const settled = new Set<string>()
    const circles: string[] = []
    const follow = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
      if (settled.has(path) || trail.includes(path)) return
      for (const { target } of targets.get(path) ?? []) follow(target, [...trail, path])
      settled.add(path)
    }
    for (const path of sources) follow(path, [])
    expect(circles).toEqual([])
  })

  it.each(APART)('keeps %s and %s apart', (one, other) => {
    const folderOf = (path: string) => path.split('/')[1]
    const crossing = arrows
      .filter(({ path, target }) => {
        const folders = [folderOf(path), folderOf(target)]
        return folders.includes(one) && folders.includes(other)
      })
      .map(({ path, target }) => `${path} imports ${target}`)
    expect(crossing).toEqual([])
  })

  it('keeps only what everybody knows in lib itself', () => {
    const loose = sources.filter((path) => /^lib\/[^/]+$/.test(path))
    expect(loose.toSorted()).toEqual(
      ['config', 'definition', 'errors', 'index-definition', 'vector'].map((name) => `lib/${name}.ts`),
    )
  })

  it('has no import that leads out of it', () => {
    const strays = arrows.filter(({ target }) => layerOf(target) === -1)
    expect(strays).toEqual([])
  })

  it('has a client that imports nothing but its own files', () => {
    const files = readdirSync(join(root, 'client/src')).map((name) => join('client/src', name))
    const targets = files.flatMap((path) => [...read(path).matchAll(/from '([^']+)'/g)])
    expect(targets.length).toBeGreaterThan(5)
    expect(targets.map(([, target]) => target).filter((target) => !target?.startsWith('./'))).toEqual([])
  })

  it('reads the environment in one file', () => {
    const readers = sources.filter((path) => !path.startsWith('dev/') && /process\.env/.test(read(path)))
    expect(readers).toEqual(['lib/config.ts'])
  })

  it('names every package of the functions on the first table of docs/dependencies.md, and no other', () => {
    const functions = packagesOf(sources.filter((path) => !path.startsWith('dev/')))
    expect(functions).toEqual(tables()[0]?.toSorted())
  })

  it('has every package of npm start, the commands and the deployment among its dependencies', () => {
    const local = packagesOf(sources.filter((path) => path.startsWith('dev/') && path !== 'dev/test.ts'))
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    expect(local.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([])
    const [functions = [], start = [], tests] = tables()
    expect([...functions, ...start].toSorted()).toEqual(Object.keys(dependencies).toSorted())
    expect(tests?.toSorted()).toEqual(Object.keys(devDependencies).toSorted())
  })

  it('gives every client of the AWS SDK its timeouts in one place', () => {
    const clients = sources
      .filter((path) => !path.startsWith('dev/'))
      .flatMap((path) => read(path).match(/new \w+Client\(.*/g) ?? [])
      .filter((made) => !made.startsWith('new RedisClient('))
    expect(clients).toHaveLength(2)
    expect(clients.filter((made) => !/\((settings|clientSettings\(.*\))\)/.test(made))).toEqual([])
  })

  it('explains every variable', () => {
    const variables = new Set(read('lib/config.ts').match(/\b[A-Z]+(_[A-Z]+)+\b/g))
    const page = read('docs/config.md')
    expect(
      [...variables].filter((name) => !page.includes(`\`${name}\``) && name !== 'CONFIG_INVALID'),
    ).toEqual([])
  })
})

/** The packages that files import, without those that they only import types of. */
function packagesOf(paths: string[]): string[] {
  const imports = /^import (?!type )(?:[^']* from )?'([^.'][^']*)'|import\('([^.'][^']*)'/gm
  const specifiers = paths.flatMap((path) =>
    [...read(path).matchAll(imports)].map(([, imported, loaded]) => imported ?? loaded ?? ''),
  )
  const names = specifiers
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1))
  return [...new Set(names.map((parts) => parts.join('/')))].toSorted()
}

/** The packages that each table of docs/dependencies.md explains. */
function tables(): string[][] {
  return read('docs/dependencies.md')
    .split(/^## /m)
    .slice(1)
    .map((section) =>
      [...section.matchAll(/^\| (`.*?`) \|/gm)]
        .flatMap(([, cell = '']) => cell.split(', '))
        .map((cell) => cell.replaceAll('`', '')),
    )
}
