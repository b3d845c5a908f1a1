import { describe, expect, it } from 'vitest'
import { pacer } from '../../../lib/audiences/pacer.ts'
import { readFields } from '../../../lib/audiences/read-fields.ts'
import { defineIndex, type IndexDefinition } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { useAudiences } from '../../support/audiences.ts'
import { writeUsers } from '../../support/write-users.ts'

/** A row of a search has 0.3, 123456789.123 and 9007199254740992, and a list in place of the text. */
const NUMBERS = ['0.30000000000000004', '123456789.1234567', '9007199254740993', '1767225600000', '-1e-7']
const TEXT = '[1, 2]'

describe.each(['json', 'hash'] as const)('a field in the file of an audience, stored as %s', (storage) => {
  const definition: IndexDefinition = defineIndex(INDEX_DEFINITION, {
    storage,
    fields: [...INDEX_DEFINITION.fields, { path: '$.age', alias: 'age', type: 'NUMERIC' }],
  })
  const audiences = useAudiences({ definition })

  it.each(['csv', 'ndjson'] as const)(
    'has every digit and letter that was imported, as %s',
    async (format) => {
      const records = NUMBERS.map(
        (age, i) =>
          `{"id":"${i}","age":${age},"descr":"${TEXT}","labels":["a","b"],"vector_embedding":[1,0.${i},0]}`,
      )
      const outcome = await writeUsers(audiences.redis, definition, records)
      expect(outcome).toMatchObject({ rejected: 0, searchable: NUMBERS.length })
      const { run, text } = await audiences.setUp()
      const request = { like: [[1, 0, 0]], size: { percent: 100 }, fields: ['age', 'descr', 'labels'] }
      const { files } = await run({ ...request, format })
      const lines = (await text(files.audience)).trim().split(/\r?\n/)
      if (format === 'csv') lines.shift()
      const rest = format === 'csv' ? `,"${TEXT}","[""a"",""b""]"` : `,"descr":"${TEXT}","labels":["a","b"]}`
      const before = format === 'csv' ? ',like[0],' : ',"nearestSeed":"like[0]","age":'
      expect(lines.map((line) => line.slice(line.indexOf(before)))).toEqual(
        NUMBERS.map((age) => `${before}${age}${rest}`),
      )
    },
  )

  it('is read although the key of another user is of another type', async () => {
    const record = '{"id":"1","age":7,"vector_embedding":[1,0,0]}'
    await writeUsers(audiences.redis, definition, [record])
    await audiences.redis.send(['SET', 'user:2', 'text'])
    const read = await audiences.redis.lease((connection) => {
      const deps = { connection, pace: pacer(1), prepared: { definition } }
      return readFields(deps, ['2', '1'], { shown: ['age'], hashed: [] })
    })
    expect(JSON.stringify(read)).toBe('[[null],[7]]')
  })
})
