import { hash } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cached } from '../../../dev/cache.ts'
import { pythonWith } from '../../../dev/python.ts'
import { run } from '../../../dev/subprocess.ts'
import type { IndexDefinition } from '../../../lib/definition.ts'
import { toBytes } from '../../../lib/vector.ts'
import { percentile } from '../../support/distribution.ts'
import { makeCorpus } from './corpus.ts'
import type { Latency } from './measure.ts'
import { type Found, type LangchainInput, type LangchainResult, runScript, type Size } from './processes.ts'

export interface Peer {
  name: string
  times: Latency
  /** The command that it sends, without the library. */
  bare: Latency
  found: Found
}

interface Setting {
  url: string
  size: Size
  definition: IndexDefinition
  k: number
  efRuntime: number
}

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const python = pythonWith(here('redisvl-requirements.txt'), 'RedisVL')

/** On our index. Its command is ours, in other words. */
export async function runRedisVl(
  { url, size, definition, k, efRuntime }: Setting,
  bare: Latency,
): Promise<Peer> {
  const { queries } = makeCorpus(size.dimensions, size.users)
  const input = {
    url,
    index: definition.name,
    queries: queries.map((query) => toBytes(query).toString('base64')),
    k,
    efRuntime,
    count: size.count,
  }
  const output = await python([here('search_redisvl.py')], { input: JSON.stringify(input) })
  const { times, found }: { times: number[]; found: Found } = JSON.parse(output.toString())
  return {
    name: 'RedisVL 0.28.0',
    times: { p50: percentile(times, 0.5), p99: percentile(times, 0.99) },
    bare,
    found: found.map((ids) => ids.map((id) => id.slice(definition.prefix.length))),
  }
}

/** On an index of its own, which it fills. */
export async function runLangchain({ url, size, definition, k, efRuntime }: Setting): Promise<Peer> {
  const { m, efConstruction } = definition.vector
  const input: LangchainInput = {
    ...size,
    packages: await langchainPackages(),
    url,
    k,
    efRuntime,
    m,
    efConstruction,
  }
  const { langchain, bare, found } = await runScript<LangchainResult>('langchain.ts', input)
  return { name: '@langchain/redis 1.1.2', times: langchain, bare, found }
}

async function langchainPackages(): Promise<string> {
  const files = ['package.json', 'package-lock.json']
  const lockfile = await readFile(here('langchain/package-lock.json'), 'utf8')
  return cached(`langchain-${hash('sha256', lockfile).slice(0, 16)}`, async (folder) => {
    console.error('Installing @langchain/redis (once per user)…')
    for (const file of files) await copyFile(here(`langchain/${file}`), join(folder, file))
    await run('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'])
  })
}
