import { fileURLToPath } from 'node:url'
import { pythonWith } from '../../../dev/python.ts'
import type { IndexDefinition } from '../../../lib/definition.ts'

const requirements = fileURLToPath(new URL('../search/redisvl-requirements.txt', import.meta.url))
const python = pythonWith(requirements, 'RedisVL')
const script = fileURLToPath(new URL('load_redisvl.py', import.meta.url))

/** Milliseconds that RedisVL's `load` takes for a file's users, whom it has parsed before. */
export async function loadWithRedisvl({
  url,
  file,
  definition,
}: {
  url: string
  file: string
  definition: IndexDefinition
}): Promise<number> {
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
  return Number(output.toString())
}
