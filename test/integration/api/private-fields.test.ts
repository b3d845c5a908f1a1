import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createInvoke } from '../../../dev/local/lambda.ts'
import { readServerlessConfig } from '../../../dev/local/serverless-config.ts'
import { connectAsUsers } from '../../../dev/redis/users.ts'
import { defineIndex } from '../../../lib/definition.ts'
import { FIELD_TYPE_NAMES, type FieldTypeName } from '../../../lib/fields/field-types.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { objectStore } from '../../../lib/s3/object-store.ts'
import { useBucket } from '../../support/bucket.ts'
import { httpEvent } from '../../support/http-event.ts'
import { useRedis } from '../../support/redis.ts'

/** A value of each type that occurs nowhere else, and how a filter asks for it. */
const CANARIES: Record<FieldTypeName, { value: unknown; shown: string; filter: unknown; query: string }> = {
  TEXT: {
    value: 'zebracanary',
    shown: 'zebracanary',
    filter: { $text: 'zebracanary' },
    query: 'zebracanary',
  },
  TAG: { value: 'yakcanary', shown: 'yakcanary', filter: 'yakcanary', query: 'yakcanary' },
  NUMERIC: { value: 8_675_309, shown: '8675309', filter: 8_675_309, query: '8675309' },
  GEO: {
    value: '13.377,52.516',
    shown: '13.377',
    filter: { $near: { lon: 13.377, lat: 52.516, km: 1 } },
    query: '13.377,52.516,1',
  },
  BOOLEAN: { value: true, shown: 'true', filter: true, query: 'true' },
}

const aliasOf = (type: FieldTypeName, kind: string) => `${kind}_${type.toLowerCase()}`
const KINDS = [
  { kind: 'private', returned: false },
  { kind: 'secret', returned: false, filterable: true },
] as const
const fields = KINDS.flatMap(({ kind, ...visibility }) =>
  FIELD_TYPE_NAMES.map((type) => {
    const alias = aliasOf(type, kind)
    return { path: `$.inner.${alias}`, alias, type, ...visibility }
  }),
)

describe.each(['json', 'hash'] as const)('a private field of every type, in storage %s,', (storage) => {
  const override = { storage, prefix: `${storage}:`, fields: [...INDEX_DEFINITION.fields, ...fields] }
  const definition = defineIndex(INDEX_DEFINITION, override)
  const redis = useRedis({ definition })
  const s3 = useBucket()
  const record = {
    id: '1',
    descr: 'Anna rides to work.',
    vector_embedding: [0.2, 0.1, 0.9],
    inner: {
      note: 'kept',
      ...Object.fromEntries(fields.map(({ alias, type }) => [alias, CANARIES[type].value])),
    },
  }
  const answers: string[] = []
  const invoke = createInvoke(readServerlessConfig().functions, { variables: connectAsUsers(redis.urlOf) })
  const send = async (functionName: string, route: string, members: Parameters<typeof httpEvent>[1] = {}) => {
    const answer = await invoke(functionName, httpEvent(route, members))
    const { statusCode, body = '' } = answer as { statusCode: number; body?: string }
    answers.push(body)
    return { statusCode, body: body === '' ? undefined : JSON.parse(body) }
  }
  const search = (body: object) => send('search-users', 'POST /search', { body: JSON.stringify(body) })
  const of1 = { pathParameters: { id: '1' } }

  beforeAll(async () => {
    // The functions read their environment once, so each storage has functions of its own.
    vi.resetModules()
    vi.stubEnv('INDEX_DEFINITION', JSON.stringify(override))
    vi.stubEnv('IMPORT_BUCKET', s3.bucket)
    vi.stubEnv('IMPORT_QUEUE_URL', 'http://127.0.0.1:1/000000000000/imports')
    vi.stubEnv('AUDIENCE_QUEUE_URL', 'http://127.0.0.1:1/000000000000/audiences')
    await invoke('provision-index', {})
    const put = await send('users', 'PUT /users/{id}', { ...of1, body: JSON.stringify(record) })
    expect(put).toMatchObject({ statusCode: 201, body: { searchable: true } })
    const other = { ...record, id: '2', vector_embedding: [0.3, 0.1, 0.9] }
    await send('users', 'PUT /users/{id}', { pathParameters: { id: '2' }, body: JSON.stringify(other) })
  })
  afterAll(() => vi.unstubAllEnvs())

  it('is in no answer about a user', async () => {
    const { body } = await send('users', 'GET /users/{id}', of1)
    expect(body.document).toEqual({ ...record, inner: { note: 'kept' } })
  })

  it.each(FIELD_TYPE_NAMES)('of type %s is asked for as one that is not there', async (type) => {
    const hidden = aliasOf(type, 'private')
    const { filter, query } = CANARIES[type]
    const absent = await search({ user: '1', filter: { nothing: filter } })
    const refused = await search({ user: '1', filter: { [hidden]: filter } })
    expect(refused).toMatchObject({ statusCode: 400, body: { code: 'FIELD_UNKNOWN' } })
    expect(refused.body.detail).toBe(absent.body.detail.replaceAll('nothing', hidden))
    expect(await search({ user: '1', fields: [hidden] })).toMatchObject({ statusCode: 400 })
    const similar = { ...of1, queryStringParameters: { [hidden]: query } }
    expect(await send('search-users', 'GET /users/{id}/similar', similar)).toMatchObject({ statusCode: 400 })
  })

  it.each(FIELD_TYPE_NAMES)(
    'of type %s can be filtered by when the definition says so, and is not answered',
    async (type) => {
      const alias = aliasOf(type, 'secret')
      const { filter, query } = CANARIES[type]
      const found = await search({ user: '1', filter: { [alias]: filter } })
      expect(found).toMatchObject({ statusCode: 200, body: { results: [{ id: '2' }] } })
      expect(Object.keys(found.body.results[0].fields)).toEqual(['descr'])
      const similar = { ...of1, queryStringParameters: { [alias]: query } }
      expect(await send('search-users', 'GET /users/{id}/similar', similar)).toMatchObject({
        statusCode: 200,
      })
      expect(await search({ user: '1', fields: [alias] })).toMatchObject({ statusCode: 400 })
    },
  )

  it.each(FIELD_TYPE_NAMES)(
    'of type %s gets into no audience, as a column, a hash or a filter',
    async (type) => {
      const order = (route: string, members: object) =>
        send('audiences', route, { body: JSON.stringify({ like: ['1'], ...members }) })
      const size = { users: 1 }
      for (const alias of [aliasOf(type, 'private'), aliasOf(type, 'secret')]) {
        for (const members of [{ fields: [alias] }, { hash: [alias] }]) {
          const refused = await order('POST /audiences', { size, ...members })
          expect(refused).toMatchObject({ statusCode: 400, body: { code: 'REQUEST_INVALID' } })
        }
      }
      const filter = { [aliasOf(type, 'private')]: CANARIES[type].filter }
      for (const route of ['POST /audiences', 'POST /audiences/preview']) {
        const members = route === 'POST /audiences' ? { size, filter } : { filter }
        expect(await order(route, members)).toMatchObject({
          statusCode: 400,
          body: { code: 'FIELD_UNKNOWN' },
        })
      }
    },
  )

  it('is in no report, no list of rejects and no other answer', async () => {
    const wrong = FIELD_TYPE_NAMES.map((type, i) => ({
      ...record,
      id: `wrong-${i}`,
      inner: { [aliasOf(type, 'private')]: [[CANARIES[type].value]] },
    }))
    const objects = objectStore(s3.bucket)
    const key = `imports/${storage}.ndjson`
    await objects.put(
      key,
      [record, ...wrong].map((one) => JSON.stringify(one)).join('\n'),
      'application/x-ndjson',
    )
    const report = await invoke('import-users', { job: { bucket: s3.bucket, key } })
    expect(report).toMatchObject([{ read: 1 + wrong.length, rejected: wrong.length }])
    answers.push(JSON.stringify(report))
    for await (const page of objects.list('reports/')) {
      for (const { key, etag, size } of page) {
        const object = { key, etag, size, metadata: {} }
        answers.push((await objects.slice(object, 0, size)).toString())
      }
    }
    await send('imports', 'GET /imports')
    for (const route of ['GET /index', 'GET /index/plan', 'GET /index/quarantine'])
      await send('provision-index', route)
    answers.push(JSON.stringify(await invoke('check-index', {})))
    for (const route of ['GET /health', 'GET /openapi.json']) await send('health', route)
    await search({ searches: [{ user: '1', includeVector: true }, { user: '2' }] })
    expect(answers.length).toBeGreaterThan(30)
    const told = FIELD_TYPE_NAMES.filter((type) => type !== 'BOOLEAN')
      .map((type) => CANARIES[type].shown)
      .filter((canary) => answers.some((answer) => answer.includes(canary)))
    expect(told).toEqual([])
  })
})
