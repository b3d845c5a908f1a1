import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineIndex } from '../../../lib/definition.ts'
import { INDEX_DEFINITION } from '../../../lib/index-definition.ts'
import { contentOf, readAll, readerOf, show } from '../../support/records.ts'

const definition = defineIndex(INDEX_DEFINITION, {
  fields: [
    { path: '$.labels', alias: 'labels', type: 'TAG' },
    { path: '$.age', alias: 'age', type: 'NUMERIC' },
    { path: '$.address.zip', alias: 'zip', type: 'NUMERIC' },
    { path: '$.scores', alias: 'scores', type: 'NUMERIC' },
    { path: '$.place', alias: 'place', type: 'GEO' },
  ],
})

async function records(file: string | Buffer, maxRecordBytes = 1024): Promise<string[]> {
  const read = readerOf('imports/users.csv', { definition, maxRecordBytes })
  return (await readAll(read, contentOf(Buffer.from(file)))).map(show)
}

/** The documents of the rows, of which every one must be whole. */
async function documents(file: string): Promise<string[]> {
  return (await records(file)).map((text) => text.slice(text.indexOf(' ') + 1))
}

describe('the rows of a CSV file', () => {
  it.each([
    ['one a line', 'id,a\n1,x\n2,y\n', ['2:5 {"id":"1","a":"x"}', '3:9 {"id":"2","a":"y"}']],
    ['without a last line break', 'id,a\n1,x', ['2:5 {"id":"1","a":"x"}']],
    ['with CRLF', 'id,a\r\n1,x\r\n2,y\r\n', ['2:6 {"id":"1","a":"x"}', '3:11 {"id":"2","a":"y"}']],
    ['with a byte order mark', '\ufeffid,a\n1,x\n', ['2:8 {"id":"1","a":"x"}']],
    ['with a byte order mark before a quote', '\ufeff"id","a,b"\n1,x\n', ['2:14 {"id":"1","a,b":"x"}']],
    ['with a mark that belongs to a cell', 'id,a\n\ufeff1,x\n', ['2:5 {"id":"\ufeff1","a":"x"}']],
    [
      'over several lines',
      'id,a\n1,"x\n,""y""\r\nz"\n2,y',
      ['2:5 {"id":"1","a":"x\\n,\\"y\\"\\r\\nz"}', '5:21 {"id":"2","a":"y"}'],
    ],
    ['with blank lines, which are no rows', '\nid,a\n\r\n1,x\n \n', ['4:8 {"id":"1","a":"x"}']],
    [
      'with a quote within a cell',
      'id,a\n1,5" x\n2,y',
      ['2:5 {"id":"1","a":"5\\" x"}', '3:12 {"id":"2","a":"y"}'],
    ],
    ['of a header alone', 'id,a\n', []],
    [
      'too short or too long',
      'id,a\n1\n1,2,3\n2,y',
      ['2:5 RECORD_NOT_CSV', '3:7 RECORD_NOT_CSV', '4:13 {"id":"2","a":"y"}'],
    ],
    ['with a quote too many', 'id,a\n1,"x"y\n2,y', ['2:5 RECORD_NOT_CSV', '3:12 {"id":"2","a":"y"}']],
  ])('%s', async (_, file, expected) => {
    expect(await records(file)).toEqual(expected)
  })

  it('that are no UTF-8 or too large are rejects, and reading goes on', async () => {
    const file = Buffer.concat([Buffer.from('id,a\n1,'), Buffer.from([0xff]), Buffer.from('\n2,y\n')])
    expect(await records(file)).toEqual(['2:5 RECORD_NOT_UTF8', '3:9 {"id":"2","a":"y"}'])
    const large = `id,a\n1,"${'x\n'.repeat(600)}"\n2,y\n`
    expect(await records(large)).toEqual(['2:5 RECORD_TOO_LARGE', '603:1210 {"id":"2","a":"y"}'])
  })

  it('that end within quotes are cut, and the file with them', async () => {
    expect(await records('id,a\n1,x\n2,"y\n')).toEqual([
      '2:5 {"id":"1","a":"x"}',
      '3:9 RECORD_TRUNCATED',
      '4:14 file FILE_TRUNCATED',
    ])
  })

  it.each([
    ['an empty file', ''],
    ['no header row', '1,x\n2,y\n'],
    ['semicolons between columns', 'id;a\n1;x\n'],
    ['a column twice', 'id,a,a\n1,x,y\n'],
    ['a member that is text and object', 'id,a,a.b\n1,x,y\n'],
    ['a list with a gap', 'id,a[0],a[2]\n1,x,y\n'],
    ['a list and an object', 'id,a[0],a.b\n1,x,y\n'],
    ['a header beyond the limit', `id,${'a'.repeat(1024)}\n1,x\n`],
    ['a header with a quote too many', 'id,"a"b\n1,x\n'],
  ])('%s is no CSV of users', async (_, file) => {
    expect(await records(file)).toEqual(['1:0 file FILE_MALFORMED'])
  })
})

describe('the document of a row', () => {
  it('has the types of the fields: numbers as they stand, text for the rest, no member for an empty cell', async () => {
    const file = 'id,labels,age,place,other\n007,"kids, road",9007199254740993,"13.4,52.5",5\n8,,, ,""\n'
    expect(await documents(file)).toEqual([
      '{"id":"007","labels":"kids, road","age":9007199254740993,"place":"13.4,52.5","other":"5"}',
      '{"id":"8","place":" "}',
    ])
  })

  it('has a vector from one cell or from a column for each component', async () => {
    expect(await documents('id,vector_embedding\n1,"[0.1, -2e3,3]"\n')).toEqual([
      '{"id":"1","vector_embedding":[0.1, -2e3,3]}',
    ])
    const columns = 'vector_embedding[2],id,vector_embedding[0],vector_embedding[1]\n3,1,0.1, -2e3\n'
    expect(await documents(columns)).toEqual(['{"vector_embedding":[0.1,-2e3,3],"id":"1"}'])
  })

  it('has objects and lists where names are paths', async () => {
    const file =
      'user,address.city,address.zip,labels[0],labels[1],scores[0]\nann,Ulm,89073,kids,,5\nbob,,,,,\n'
    expect(await documents(file)).toEqual([
      '{"user":"ann","address":{"city":"Ulm","zip":89073},"labels":["kids"],"scores":[5]}',
      '{"user":"bob"}',
    ])
  })

  it('keeps names that are no paths, whatever they are', async () => {
    const file = 'id,,a..b,a[x],__proto__,constructor.x\n1,2,3,4,5,6\n'
    expect(await documents(file)).toEqual([
      '{"id":"1","":"2","a..b":"3","a[x]":"4","__proto__":"5","constructor":{"x":"6"}}',
    ])
  })

  it('leaves what is no number and no list as text, for the check to reject', async () => {
    const file = 'id,age,vector_embedding\n1,old,"[1,"\n2,05,NaN\n3,0x1,{}\n'
    expect(await documents(file)).toEqual([
      '{"id":"1","age":"old","vector_embedding":"[1,"}',
      '{"id":"2","age":"05","vector_embedding":"NaN"}',
      '{"id":"3","age":"0x1","vector_embedding":"{}"}',
    ])
  })

  it('says deleted as true or false, and rejects any other word', async () => {
    expect(await records('id,deleted\n1,True\n2,false\n3,\n4,yes\n')).toEqual([
      '2:11 {"id":"1","deleted":true}',
      '3:18 {"id":"2","deleted":false}',
      '4:26 {"id":"3"}',
      '5:29 FIELD_TYPE',
    ])
  })

  it('says what any cells say, however they are quoted', async () => {
    const cell = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed())
    const rows = fc.array(fc.record({ id: cell, a: cell, 'b.c': cell }), { minLength: 1 })
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), async (users, lineBreak) => {
        const lines = users.map((user) => Object.values(user).map(quoted).join(','))
        const found = await documents(['id,a,b.c', ...lines].join(lineBreak))
        expect(found.map((text) => JSON.parse(text))).toEqual(
          users.map(({ id, a, 'b.c': c }) => ({
            ...(id !== '' && { id }),
            ...(a !== '' && { a }),
            ...(c !== '' && { b: { c } }),
          })),
        )
      }),
      { numRuns: 300 },
    )
  })
})
