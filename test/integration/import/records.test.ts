import { beforeAll, describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { cacheIndexReading } from '../../../lib/index-state/index-reading-cache.ts'
import { provisionIndex } from '../../../lib/provisioning/provision-index.ts'
import { searchUsers } from '../../../lib/search/search-users.ts'
import { useRedis } from '../../support/redis.ts'
import { writeUsers } from '../../support/write-users.ts'

/** What docs/records.md tells of RediSearch. */
describe.each(['json', 'hash'] as const)('as docs/records.md says of storage %s,', (storage) => {
  const definition = defineIndex(INDEX_DEFINITION, {
    storage,
    fields: [...INDEX_DEFINITION.fields, { path: '$.age', alias: 'age', type: 'NUMERIC' }],
  })
  const server = useRedis({ definition })
  beforeAll(() => provisionIndex({ redis: server.pool('provision-index'), definition }))

  /** The fields of the one user, who is stored with these members; undefined when the filter does not find him. */
  async function fieldsOf(members: string, filter?: object) {
    const record = `{"id":"1","vector_embedding":[0.9,0.7,0.2],${members}}`
    expect(await writeUsers(server.pool('import-users'), definition, [record])).toMatchObject({ rejected: 0 })
    const own = { redis: server.pool('search-users'), definition }
    const deps = { ...own, readIndex: cacheIndexReading(own) }
    const request = { vector: [0.9, 0.7, 0.2], k: 1, includeVector: false, ...(filter && { filter }) }
    return (await searchUsers(deps, request)).results[0]?.fields
  }

  const finds = async (descr: string, $text: string) =>
    (await fieldsOf(`"descr":${JSON.stringify(descr)}`, { descr: { $text } })) !== undefined

  it.each(['road bikes', 'road, bikes', 'road-bikes', 'road\tbikes', 'road \n bikes'])(
    '%j is two words',
    async (descr) => {
      expect(await finds(descr, 'road')).toBe(true)
      expect(await finds(descr, 'bikes')).toBe(true)
    },
  )

  it.each(['road\nbikes', 'road\r\nbikes'])('%j is one word, without its line break', async (descr) => {
    expect(await finds(descr, 'road')).toBe(false)
    expect(await finds(descr, descr)).toBe(true)
    expect(await finds(descr, 'roadbikes')).toBe(true)
  })

  it.each(['road\u00a0bikes', 'road\u2009bikes', 'road\u3000bikes'])(
    'only the same text finds %j, whose blank is not ASCII',
    async (descr) => {
      for (const text of ['road', 'bikes', 'roadbikes']) expect(await finds(descr, text)).toBe(false)
      expect(await finds(descr, descr)).toBe(true)
    },
  )

  it.each(['road—bikes', 'road…bikes'])('%j is one word', async (descr) => {
    expect(await finds(descr, 'road')).toBe(false)
    expect(await finds(descr, descr)).toBe(true)
  })

  it.each([
    ['road\\-bike city', ['road-bike', 'road\\-bike', 'city'], ['road', 'bike']],
    ['c:\\temp\\new', ['c', 'tempnew', 'c:\\temp\\new', 'temp\\new'], ['temp', 'new']],
    ['z'.repeat(129), ['z'.repeat(129), 'z'.repeat(130)], ['z'.repeat(127)]],
    ['АвтоДом', ['автодом', 'АВТОДОМ', 'Автодом', 'АвтоДом'], ['авто']],
    ['аВтОдОмОбИлЬ', ['аВтОдОмОбИлЬ'], ['автомобиль']],
    ['a\u0308pfel', ['äpfel', 'ÄPFEL', 'a\u0308pfel'], ['apfel']],
    ['running', ['running', 'RUNNING'], ['run', 'runs', 'runn']],
    ['kid-friendly', ['kid', 'friendly', 'kid-friendly', 'kid friendly'], ['kidfriendly']],
  ])('%j is found by %j, and not by %j', async (descr, finding, others) => {
    for (const text of finding) expect(await finds(descr, text), text).toBe(true)
    for (const text of others) expect(await finds(descr, text), text).toBe(false)
  })

  it('a tag is cut at its separator only', async () => {
    expect(await fieldsOf('"labels":"road\\u00a0bikes, kids"', { labels: 'road\u00a0bikes' })).toBeDefined()
  })

  it('a tag of 4,096 bytes is found, and behind a blank or a separator, too', async () => {
    const tag = `${'x'.repeat(4094)}ü`
    expect(await fieldsOf(`"labels":"kids,  ${tag} ,road"`, { labels: tag })).toBeDefined()
    expect(await fieldsOf(`"labels":["kids","${tag}"]`, { labels: tag })).toBeDefined()
  })

  it.each(['"labels":"zebra\\u0000lion"', '"descr":"hippo\\u0000rhino"', `"labels":"${'x'.repeat(4097)}"`])(
    'a text is rejected that no search would find as a whole: %#',
    async (members) => {
      const record = `{"id":"1","vector_embedding":[0.9,0.7,0.2],${members}}`
      const outcome = await writeUsers(server.pool('import-users'), definition, [record])
      expect(outcome).toMatchObject({ written: 0, rejected: 1 })
    },
  )

  it('U+0000 in a member that is not declared is stored', async () => {
    expect(await fieldsOf('"labels":"kids","note":"a\\u0000b"', { labels: 'kids' })).toBeDefined()
  })

  it.each([
    ['"labels":["kids","road"]', { labels: ['kids', 'road'] }, {}],
    ['"descr":["a",null]', { descr: ['a', null] }, {}],
    ['"descr":"[1,2]"', { descr: [1, 2] }, { hash: { descr: '[1,2]' } }],
    ['"labels":true', { labels: '1' }, { hash: { labels: true } }],
    ['"labels":false', { labels: '0' }, { hash: { labels: false } }],
    ['"age":1.2345678901234567', { age: 1.23456789012 }, {}],
    ['"age":9007199254740991', { age: Number.MAX_SAFE_INTEGER }, {}],
    [
      '"age":9007199254740993',
      { age: 9007199254740992 },
      { hash: { age: JSON.rawJSON('9007199254740993') } },
    ],
    ['"descr":null', { descr: null }, {}],
  ])('%s is answered as %j (%j)', async (members, inJson, { hash = inJson }: { hash?: object }) => {
    const fields = await fieldsOf(members)
    expect(JSON.stringify(fields)).toBe(JSON.stringify(storage === 'json' ? inJson : hash))
  })

  it('a list of numbers is taken in a JSON document, and rejected in a hash', async () => {
    const record = '{"id":"1","vector_embedding":[0.9,0.7,0.2],"age":[1.2345678901234567,2]}'
    const { written, rejected } = await writeUsers(server.pool('import-users'), definition, [record])
    expect({ written, rejected }).toEqual(
      { json: { written: 1, rejected: 0 }, hash: { written: 0, rejected: 1 } }[storage],
    )
  })
})
