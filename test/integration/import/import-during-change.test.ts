import { describe, expect, it } from 'vitest'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { importUsers } from '../../../lib/import/import-users.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { store } from '../../support/bike-shop.ts'
import { line, useImports } from '../../support/imports.ts'
import { BUCKET } from '../../support/s3.ts'

/** Who has a text for an age does not fit it, and while there is such a user the change waits. */
const l2 = defineIndex(INDEX_DEFINITION, {
  fields: [...INDEX_DEFINITION.fields, { path: '$.age', alias: 'age', type: 'NUMERIC' }],
  vector: { metric: 'L2' },
})
const hash = defineIndex(INDEX_DEFINITION, { storage: 'hash', prefix: 'userh:' })

describe('an import while the index is changed', () => {
  const imports = useImports()

  /** So far that a record is written for both. */
  async function begin(definition: IndexDefinition): Promise<void> {
    const users = Array.from({ length: 400 }, (_, i) => [`user:n${i}`, { vector_embedding: [1, i / 9, 2] }])
    await store(imports.redis, Object.fromEntries(users))
    await store(imports.redis, { 'user:odd': { vector_embedding: [1, 2, 3], age: 'x' } })
    const isBegun = async () => {
      const { migration } = await provisionIndex({ redis: imports.redis, definition })
      return migration !== null && (definition.storage === 'json' || migration.copy !== null)
    }
    await expect.poll(isBegun).toBe(true)
  }

  async function finish(definition: IndexDefinition) {
    await imports.redis.send(['DEL', 'user:odd'])
    return provisionIndex({ redis: imports.redis, definition }, { waitUntil: Date.now() + 20_000 })
  }

  it.each([
    ['to another metric', l2],
    ['to another storage', hash],
  ])('%s is proved searchable, and in the new index afterwards', async (_, definition) => {
    await begin(definition)
    const file = [line('1'), line('n7', [3, 2, 1]), '{"id":"n8","deleted":true}\n'].join('')
    const { deps, etag } = await imports.setUp('imports/a.ndjson', file, { definition })
    // As somebody who may write in both forms: the table of rights knows one definition.
    const job = { bucket: BUCKET, key: 'imports/a.ndjson', etag }
    expect(await importUsers({ ...deps, redis: imports.redis }, job)).toMatchObject({
      read: 3,
      written: 2,
      deleted: 1,
      searchable: 2,
    })
    expect(await finish(definition)).toMatchObject({ change: 'migrated', state: 'ready' })
    expect(await importUsers({ ...deps, redis: imports.redis }, { ...job, force: true })).toMatchObject({
      unchanged: 2,
      deleted: 1,
    })
  })

  it('rejects a vector that does not fit the type of every index in which it is written', async () => {
    await imports.redis.send(['FLUSHALL'])
    const from = defineIndex(INDEX_DEFINITION, {
      storage: 'hash',
      prefix: 'u16:',
      vector: { type: 'FLOAT16' },
    })
    for (const definition of [from, hash]) {
      await finish(definition)
    }
    const file = line('1', [100_000, 1, 1]) + line('2')
    const { deps, etag } = await imports.setUp('imports/a.ndjson', file, { definition: hash })
    const job = { bucket: BUCKET, key: 'imports/a.ndjson', etag }
    const report = await importUsers({ ...deps, redis: imports.redis }, job)
    expect(report).toMatchObject({ state: 'PARTIAL', written: 1, searchable: 1, rejected: 1 })
  })

  it('rejects a vector without a direction while either index is under COSINE', async () => {
    await begin(l2)
    const { run } = await imports.setUp('imports/a.ndjson', line('1', [0, 0, 0]), { definition: l2 })
    expect(await run()).toMatchObject({ written: 0, rejected: 1 })
    await finish(l2)
    const later = await imports.setUp('imports/b.ndjson', line('1', [0, 0, 0]), { definition: l2 })
    expect(await later.run()).toMatchObject({ written: 1, rejected: 0 })
  })
})
