import { fileURLToPath } from 'node:url'
import { pythonWith } from '../../../dev/python.ts'
import type { IndexDefinition } from '../../../lib/definition.ts'

const requirements = fileURLToPath(new URL('../search/redisvl-requirements.txt', import.meta.url))
const python = pythonWith(requirements, 'RedisVL')
const script = fileURLToPath(new URL('load_redisvl.py', import.meta.url))

/** Milliseconds that RedisVL takes from a file of users to Redis, and those of them that its `load` takes. */
export async function loadWithRedisvl({
  url,
  file,
  definition,
}: {
  url: string
  file: string
  definition: IndexDefinition
}): Promise<{ ms: number; loadMs: number }> {
  const { vector } = definition
  const { path, alias, dimensions, metric, algorithm, type, m, efConstruction } = vector
  const graph = algorithm === 'HNSW' ? { m, ef_construction: efConstruction } : {}
  const schema = {
    index: { name: 'redisvl', prefix: definition.prefix, key_separator: '', storage_type: 'json' },
    fields: [
      ...definition.fields.map((field) => ({
        name: field.alias,
        type: field.type.toLowerCase(),
        path: field.path,
      })),
      {
        ...{ name: alias, type: 'vector', path },
        attrs: { dims: dimensions, distance_metric: metric, algorithm, datatype: type, ...graph },
      },
    ],
  }
  const output = await python([script, url, file, JSON.stringify(schema)])
  const { read, load }: { read: number; load: number } = JSON.parse(output.toString())
  return { ms: read + load, loadMs: load }
}
