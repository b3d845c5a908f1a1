import { hash } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../../../dev/cache.ts'
import { pythonWith } from '../../../dev/python.ts'
import { run } from '../../../dev/subprocess.ts'
import type { IndexDefinition } from '../../../lib/definition.ts'
import { toBytes } from '../../../lib/vector.ts'
import type { Corpus } from './corpus.ts'
import { type LangchainInput, type Round, type Size, startScript } from './processes.ts'

/** A library that is timed in rounds, beside the command that it sends. */
export interface Contestant {
  name: string
  round(count: number): Promise<Round>
  close(): void
}

interface Setting {
  url: string
  size: Size
  /** What our search, with which it is compared, searches. */
  definition: IndexDefinition
  k: number
  efRuntime: number
}

export const LANGCHAIN_INDEX = 'langchain'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const python = pythonWith(here('redisvl-requirements.txt'), 'RedisVL')

/** On our own index. */
export function redisVl({ url, definition, k, efRuntime }: Setting, { queries }: Corpus): Contestant {
  const vectors = queries.map((query) => toBytes(query, 'FLOAT32').toString('base64'))
  const given = { url, index: definition.name, queries: vectors, k, efRuntime }
  return {
    name: 'RedisVL 0.28.0',
    async round(count) {
      const input = JSON.stringify({ ...given, count })
      const output = await python([here('search_redisvl.py')], { input })
      const { times, found }: Round = JSON.parse(output.toString())
      return { times, found: found.map((ids) => ids.map((id) => id.slice(definition.prefix.length))) }
    },
    close() {},
  }
}

/**
 * On an index of its own, since it cannot ask for an EF_RUNTIME, of the hashes that ours is of. Made before there are
 * any: of the same vectors in the same order RediSearch makes the same graph. Another order is worth as much as another
 * EF_RUNTIME: recall was 0.988 to 0.998, and the same command took 0.27 to 0.30 ms.
 */
export async function langchain({ url, size, definition, k, efRuntime }: Setting): Promise<Contestant> {
  const { m, efConstruction } = definition.vector
  const made = { index: LANGCHAIN_INDEX, prefix: definition.prefix, efRuntime, m, efConstruction }
  const input: LangchainInput = { ...size, ...made, packages: await langchainPackages(), url, k }
  const { ask, close } = await startScript('langchain.ts', input)
  return { name: '@langchain/redis 1.1.2', round: (count) => ask({ what: 'round', count }), close }
}

async function langchainPackages(): Promise<string> {
  const files = ['package.json', 'package-lock.json']
  const lockfile = await readFile(here('langchain/package-lock.json'), 'utf8')
  return cacheFolder(`langchain-${hash('sha256', lockfile).slice(0, 16)}`, async (folder) => {
    console.error('Installing @langchain/redis (once per user)…')
    for (const file of files) await copyFile(here(`langchain/${file}`), join(folder, file))
    await run('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund', '--loglevel=error'])
  })
}
