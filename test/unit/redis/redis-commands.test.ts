import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { ftAliasUpdateArgs } from '../../../lib/redis/commands/ft-alias.ts'
import { ftCreateArgs } from '../../../lib/redis/commands/ft-create.ts'
import { ftDropIndexArgs } from '../../../lib/redis/commands/ft-drop-index.ts'
import { parseFtInfo } from '../../../lib/redis/commands/ft-info.ts'
import {
  ftSearchCountArgs,
  ftSearchDistancesArgs,
  ftSearchKeysArgs,
  ftSearchKnnArgs,
  parseFtSearch,
} from '../../../lib/redis/commands/ft-search.ts'
import { jsonSetArgs, parseJsonGet } from '../../../lib/redis/commands/json.ts'
import { parseScan, renameIfFreeArgs, scanArgs } from '../../../lib/redis/commands/keys.ts'
import {
  parseConfigEpoch,
  parseRole,
  parseSentinelAddress,
  parseSentinelReplicas,
  sentinelAddressArgs,
} from '../../../lib/redis/commands/sentinel.ts'
import {
  parseInfoMemory,
  parseInfoPersistence,
  parseInfoServer,
  parseModuleList,
  parseWaitAof,
  waitArgs,
} from '../../../lib/redis/commands/server.ts'
import { expireAtOnceArgs } from '../../../lib/redis/commands/strings.ts'
import { parseExecOutcomes } from '../../../lib/redis/commands/transactions.ts'
import type { Reply } from '../../../lib/redis/redis.ts'
import { asString, memberOf } from '../../../lib/redis/reply.ts'

const definition = defineIndex(INDEX_DEFINITION)
/** A command as one would type it. */
const typed = (command: readonly (string | Buffer)[]) =>
  command
    .map((argument) => (typeof argument === 'string' ? argument : `0x${argument.toString('hex')}`))
    .join(' ')
    // A word that is another in each process.
    .replace(/\(-n[0-9a-f]{32}\)/, '(-nobody)')

describe('a command is written as in the manual:', () => {
  it('WAIT, and what a sentinel is asked', () => {
    expect(typed(waitArgs(1, 3_000))).toBe('WAIT 1 3000')
    expect(typed(sentinelAddressArgs('shop'))).toBe('SENTINEL GET-MASTER-ADDR-BY-NAME shop')
  })

  it('FT.CREATE with an alias and a separator for every attribute', () => {
    expect(typed(ftCreateArgs('idx:user_prefs:v1', definition))).toBe(
      'FT.CREATE idx:user_prefs:v1 ON JSON PREFIX 1 user: SCHEMA $.descr AS descr TEXT $.labels AS labels TAG SEPARATOR , ' +
        '$.vector_embedding AS vector VECTOR HNSW 10 TYPE FLOAT32 DIM 3 DISTANCE_METRIC COSINE M 16 EF_CONSTRUCTION 200',
    )
  })

  it('FT.CREATE with FLAT, which has no M, and with a sortable field', () => {
    const fields = [{ path: '$.age', alias: 'age', type: 'NUMERIC', sortable: true }]
    const flat = defineIndex(INDEX_DEFINITION, { fields, vector: { algorithm: 'FLAT', metric: 'L2' } })
    expect(typed(ftCreateArgs('idx', flat))).toBe(
      'FT.CREATE idx ON JSON PREFIX 1 user: SCHEMA $.age AS age NUMERIC SORTABLE UNF ' +
        '$.vector_embedding AS vector VECTOR FLAT 6 TYPE FLOAT32 DIM 3 DISTANCE_METRIC L2',
    )
  })

  it('FT.SEARCH for the distances of some keys, by brute force over them', () => {
    expect(
      typed(ftSearchDistancesArgs('idx', 'vector', { vector: Buffer.of(1), keys: ['user:1', 'user:2'] })),
    ).toBe(
      'FT.SEARCH idx (-nobody)=>[KNN $k @vector $vector HYBRID_POLICY ADHOC_BF AS __distance] INKEYS 2 user:1 user:2 ' +
        'RETURN 1 __distance LIMIT 0 2 TIMEOUT 0 PARAMS 4 k 2 vector 0x01 DIALECT 2',
    )
  })

  it('SET for a key that is to go at once', () => {
    expect(typed(expireAtOnceArgs('key'))).toBe('SET key  PX 1')
  })

  it('RENAMENX, which takes no name that is taken', () => {
    expect(typed(renameIfFreeArgs('user:1', 'quarantine:user:1'))).toBe('RENAMENX user:1 quarantine:user:1')
  })

  it('FT.ALIASUPDATE, and FT.DROPINDEX without DD', () => {
    expect(typed(ftAliasUpdateArgs('idx', 'idx:v2'))).toBe('FT.ALIASUPDATE idx idx:v2')
    expect(typed(ftDropIndexArgs('idx:v1'))).toBe('FT.DROPINDEX idx:v1')
  })

  it('FT.SEARCH KNN with SORTBY, LIMIT 0 k, RETURN, PARAMS and DIALECT 2', () => {
    const command = ftSearchKnnArgs({
      index: 'idx:user_prefs',
      vectorAlias: 'vector',
      vector: Buffer.from('6666663f', 'hex'),
      k: 20,
      efRuntime: 128,
      filter: { text: '@labels:{$p0}', params: { p0: 'road' } },
      returned: [{ path: '$.labels', alias: 'labels' }],
    })
    expect(typed(command)).toBe(
      'FT.SEARCH idx:user_prefs (@labels:{$p0})=>[KNN $k @vector $vector EF_RUNTIME $ef AS __distance] ' +
        'SORTBY __distance ASC LIMIT 0 20 RETURN 4 __distance $.labels AS labels ' +
        'PARAMS 8 k 20 vector 0x6666663f ef 128 p0 road DIALECT 2',
    )
  })

  it('FT.SEARCH KNN with AS only for what has another name', () => {
    const returned = ['$.age', 'labels'].map((path) => ({ path, alias: path.replace('$.', '') }))
    const query = { index: 'i', vectorAlias: 'v', vector: Buffer.of(1), k: 1 }
    const command = ftSearchKnnArgs({ ...query, filter: { text: '*', params: {} }, returned })
    expect(typed(command)).toContain(' RETURN 5 __distance $.age AS age labels TIMEOUT ')
  })

  it('SCAN with a prefix that is no pattern', () => {
    expect(typed(scanArgs('17', 'u[1]*:', 1000))).toBe('SCAN 17 MATCH u\\[1\\]\\*:* COUNT 1000')
    expect(parseScan(['42', ['user:1', 'user:2']])).toEqual({ cursor: '42', keys: ['user:1', 'user:2'] })
  })

  it('FT.SEARCH KNN without EF_RUNTIME, which FLAT refuses, and with all the time that it needs', () => {
    const filter = { text: '*', params: {} }
    const command = ftSearchKnnArgs({
      index: 'i',
      vectorAlias: 'v',
      vector: Buffer.of(1),
      k: 1,
      filter,
      returned: [],
    })
    expect(typed(command)).toBe(
      'FT.SEARCH i (*)=>[KNN $k @v $vector AS __distance] SORTBY __distance ASC LIMIT 0 1 RETURN 1 __distance ' +
        'TIMEOUT 0 PARAMS 4 k 1 vector 0x01 DIALECT 2',
    )
  })

  it('FT.SEARCH KNN that is exact: ADHOC_BF, which wants a filter and has to have all the time it needs', () => {
    const exact = (text: string) =>
      typed(
        ftSearchKnnArgs({
          index: 'i',
          vectorAlias: 'v',
          vector: Buffer.of(1),
          k: 1,
          efRuntime: 128,
          exact: true,
          filter: { text, params: {} },
          returned: [],
        }),
      )
    const rest =
      '=>[KNN $k @v $vector HYBRID_POLICY ADHOC_BF AS __distance] SORTBY __distance ASC LIMIT 0 1 ' +
      'RETURN 1 __distance TIMEOUT 0 PARAMS 4 k 1 vector 0x01 DIALECT 2'
    expect(exact('*')).toBe(`FT.SEARCH i (-nobody)${rest}`)
    expect(exact('@labels:{x}')).toBe(`FT.SEARCH i (@labels:{x})${rest}`)
  })

  it('FT.SEARCH INKEYS for the proof that users can be found', () => {
    expect(typed(ftSearchKeysArgs('idx', ['user:1', 'user:2']))).toBe(
      'FT.SEARCH idx * INKEYS 2 user:1 user:2 NOCONTENT LIMIT 0 2 DIALECT 2',
    )
  })

  it('FT.SEARCH KNN by brute force for the count of searchable users', () => {
    const command = ftSearchCountArgs('idx', 'vector', {
      vector: Buffer.of(0xff),
      documents: 4,
    })
    expect(typed(command)).toBe(
      'FT.SEARCH idx (-nobody)=>[KNN $k @vector $vector HYBRID_POLICY ADHOC_BF] LIMIT 0 0 TIMEOUT 0 ' +
        'PARAMS 4 k 4 vector 0xff DIALECT 2',
    )
  })

  it('JSON.SET with the bytes of the record', () => {
    expect(typed(jsonSetArgs('user:1', Buffer.from('{}')))).toBe('JSON.SET user:1 $ 0x7b7d')
  })
})

describe('a reply is read', () => {
  const values = { __distance: '0.5', labels: 'road' }

  const searched = {
    total_results: 1,
    format: 'STRING',
    results: [{ id: 'user:1', extra_attributes: values, values: [] }],
    warning: ['Timeout limit was reached'],
  }

  it.each<[form: string, reply: Reply, warnings: string[]]>([
    ['RESP3', searched, searched.warning],
    ['RESP3 undecoded', undecoded(searched), searched.warning],
    ['RESP2', [1, 'user:1', ['__distance', '0.5', 'labels', 'road']], []],
  ])('of FT.SEARCH the same from %s', (_form, reply, warnings) => {
    const { rows, ...rest } = parseFtSearch(reply)
    expect(rest).toEqual({ total: 1, dropped: 0, warnings })
    expect(rows).toEqual([{ key: 'user:1', distance: 0.5, values: expect.anything() }])
    const labels = memberOf(rows[0]?.values, 'labels')
    expect(asString(labels)).toBe('road')
    expect(memberOf(rows[0]?.values, 'label')).toBeUndefined()
    expect(memberOf(rows[0]?.values, 'labelz')).toBeUndefined()
    expect(memberOf(rows[0]?.values, 'toString')).toBeUndefined()
  })

  it.each(['-nan', 'nan', null])('without a distance where there is none, such as %s', (distance) => {
    const { rows } = parseFtSearch([1, 'user:1', ['__distance', distance]])
    expect(rows).toEqual([{ key: 'user:1', distance: Number.NaN, values: ['__distance', distance] }])
  })

  it('the same without content', () => {
    const rows = [
      { key: 'user:1', distance: Number.NaN, values: {} },
      { key: 'user:2', distance: Number.NaN, values: {} },
    ]
    const resp3 = { total_results: 2, results: [{ id: 'user:1' }, { id: 'user:2' }], warning: [] }
    expect(parseFtSearch(resp3, { content: false }).rows).toEqual(rows)
    expect(parseFtSearch([2, 'user:1', 'user:2'], { content: false }).rows).toEqual(rows)
  })

  it('with the warnings that only RESP3 carries', () => {
    const reply = { total_results: 0, results: [], warning: ['Timeout limit was reached'] }
    expect(parseFtSearch(reply).warnings).toEqual(['Timeout limit was reached'])
  })

  it('without the row that has no id, which RESP3 gives when the time is up', () => {
    const rows = [
      { extra_attributes: {}, values: [] },
      { id: 'user:1', extra_attributes: values },
    ]
    const reply = { total_results: 0, results: rows, warning: ['Timeout limit was reached'] }
    expect(parseFtSearch(reply)).toEqual({
      total: 0,
      rows: [{ key: 'user:1', distance: 0.5, values }],
      dropped: 1,
      warnings: ['Timeout limit was reached'],
    })
  })

  it('when a document expired during the search: its values are null', () => {
    const rows = [{ key: 'user:1', distance: Number.NaN, values: {} }]
    expect(
      parseFtSearch({ total_results: 1, results: [{ id: 'user:1', extra_attributes: null }] }).rows,
    ).toEqual(rows)
    expect(parseFtSearch([1, 'user:1', null]).rows).toEqual(rows)
  })

  it('of FT.INFO the same in both forms, flags included', () => {
    const rest = {
      num_docs: 4,
      percent_indexed: 1,
      indexing: 0,
      hash_indexing_failures: 0,
      total_index_memory_sz_mb: 1,
    }
    const resp3 = {
      index_name: 'idx:v1',
      index_definition: { key_type: 'JSON', prefixes: ['user:'] },
      attributes: [
        { identifier: '$.age', attribute: 'age', type: 'NUMERIC', flags: ['SORTABLE', 'UNF', 'NOINDEX'] },
        { identifier: '$.x', attribute: 'SORTABLE', type: 'TAG', SEPARATOR: ',', flags: [] },
      ],
      ...rest,
    }
    const resp2 = [
      ...['index_name', 'idx:v1', 'index_definition', ['key_type', 'JSON', 'prefixes', ['user:']]],
      'attributes',
      [
        ['identifier', '$.age', 'attribute', 'age', 'type', 'NUMERIC', 'SORTABLE', 'UNF', 'NOINDEX'],
        ['identifier', '$.x', 'attribute', 'SORTABLE', 'type', 'TAG', 'SEPARATOR', ','],
      ],
      ...Object.entries(rest).flatMap(([name, value]) => [name, String(value)]),
    ]
    expect(parseFtInfo(resp3)).toEqual(parseFtInfo(resp2))
    expect(parseFtInfo(resp3)).toMatchObject({
      name: 'idx:v1',
      documents: 4,
      memoryBytes: 1024 * 1024,
      backgroundStatus: 'OK',
      attributes: [
        { path: '$.age', alias: 'age', type: 'NUMERIC', sortable: true, flags: 'NOINDEX' },
        { path: '$.x', alias: 'SORTABLE', type: 'TAG', sortable: false, flags: '', separator: ',' },
      ],
    })
  })

  it('and one of another shape is an error, not a guess', () => {
    expect(() => parseFtSearch('OK')).toThrow("Expected a map in Redis's reply, got string")
    expect(() => parseFtInfo({ index_name: 'idx' })).toThrow(expect.objectContaining({ code: 'REDIS_ERROR' }))
  })

  it('INFO memory, whose limit is maxmemory, or else the machine', () => {
    const text = (limit: number) =>
      `# Memory\r\nused_memory:5\r\nused_memory_rss:9\r\ntotal_system_memory:100\r\nmaxmemory:${limit}\r\nmaxmemory_policy:noeviction\r\n`
    expect(parseInfoMemory(text(0))).toMatchObject({ used: 5, limit: 100 })
    expect(parseInfoMemory(text(50))).toMatchObject({ used: 5, limit: 50, policy: 'noeviction' })
  })

  it('INFO persistence: whether there is an append-only file, and all was written', () => {
    const text = (aof: number, status: string) =>
      `# Persistence\r\naof_enabled:${aof}\r\naof_last_write_status:${status}\r\nrdb_last_bgsave_status:ok\r\n`
    expect(parseInfoPersistence(text(1, 'ok'))).toEqual({ aof: true, isWritten: true })
    expect(parseInfoPersistence(text(0, 'err'))).toEqual({ aof: false, isWritten: false })
  })

  it('EXEC, which says of each command what became of it, or that nothing was executed', () => {
    expect(parseExecOutcomes(null)).toBeUndefined()
    const [first, second] = parseExecOutcomes(['OK', 1]) ?? []
    expect([first, second]).toEqual([{ reply: 'OK' }, { reply: 1 }])
  })

  it('of the small commands', () => {
    expect(parseJsonGet(null)).toBeUndefined()
    expect(parseJsonGet('[[0.9,0.7]]')).toEqual([[0.9, 0.7]])
    expect(parseInfoServer('# Server\r\nredis_version:7.4.1\r\n').version).toBe('7.4.1')
    expect(parseModuleList([['name', 'search', 'ver', 21005]])).toEqual({ search: '2.10.5' })
    expect(parseWaitAof([1, 0])).toBe(true)
    expect(parseWaitAof([0, 0])).toBe(false)
  })

  it('a member with a name beyond ASCII, in bytes, too', () => {
    const map = ['gro', 'x', 'größe', 'road'].map((text) => Buffer.from(text))
    expect(memberOf(map, 'größe')).toEqual(Buffer.from('road'))
    expect(memberOf(map, 'größ')).toBeUndefined()
    expect(memberOf(map, 'grö')).toBeUndefined()
  })

  it("a sentinel's, in RESP2 and RESP3", () => {
    expect(parseSentinelAddress(['10.0.0.7', '6379'])).toEqual({ host: '10.0.0.7', port: 6379 })
    expect(parseSentinelAddress(null)).toBeUndefined()
    expect(parseConfigEpoch(['name', 'shop', 'config-epoch', '7'])).toBe(7)
    expect(parseConfigEpoch({ name: 'shop', 'config-epoch': '7' })).toBe(7)
    const replica = { ip: '10.0.0.8', port: '6379', flags: 'slave', 'master-link-status': 'ok' }
    const down = { ...replica, flags: 's_down,slave' }
    const cutOff = { ...replica, 'master-link-status': 'err' }
    const well = [{ host: '10.0.0.8', port: 6379 }]
    expect(parseSentinelReplicas([replica, down, cutOff])).toEqual(well)
    expect(parseSentinelReplicas([Object.entries(replica).flat()])).toEqual(well)
  })

  it('ROLE', () => {
    expect(parseRole(['master', 3129659, []])).toBe('primary')
    expect(parseRole(['slave', '10.0.0.7', 6379, 'connected', 3129543])).toBe('replica')
    expect(parseRole(['slave', '10.0.0.7', 6379, 'connecting', -1])).toBe('replica without its primary')
    expect(parseRole(['sentinel', ['shop']])).toBe('other')
  })
})

/** The reply as the option `undecoded` asks for it: maps are flat arrays, texts are bytes. */
function undecoded(reply: Reply): Reply {
  if (typeof reply === 'string') return Buffer.from(reply)
  if (Array.isArray(reply)) return reply.map(undecoded)
  if (typeof reply !== 'object' || reply === null || Buffer.isBuffer(reply) || reply instanceof Error)
    return reply
  return Object.entries(reply).flat().map(undecoded)
}
