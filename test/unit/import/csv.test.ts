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
    ['with CR', 'id,a\r1,x\r2,y\r', ['2:5 {"id":"1","a":"x"}', '3:9 {"id":"2","a":"y"}']],
    ['with CR, and no last line break', 'id,deleted\ru1,true', ['2:11 {"id":"u1","deleted":true}']],
    ['with CR, a mark and quotes', '\ufeff"id","a"\r"1","x\ry"\r', ['2:12 {"id":"1","a":"x\\ry"}']],
    [
      'with CR and LF in turn',
      'id,a\r1,x\n2,y\r\n3,z\r',
      ['2:5 {"id":"1","a":"x"}', '3:9 {"id":"2","a":"y"}', '4:14 {"id":"3","a":"z"}'],
    ],
    ['with CR twice before LF', 'id,a\r\r\n1,x\r\r\n', ['3:7 {"id":"1","a":"x"}']],
    [
      'with several CRs in quotes',
      'id,a\n1,"x\r\ry\r\n"\n2,y',
      ['2:5 {"id":"1","a":"x\\r\\ry\\r\\n"}', '6:16 {"id":"2","a":"y"}'],
    ],
    [
      'with empty cells behind the last name',
      'id,a,,\n1,x,,\n2,y\n',
      ['2:7 {"id":"1","a":"x"}', '3:13 {"id":"2","a":"y"}'],
    ],
    ['with empty cells behind the header', 'id,a\n1,x,,\n', ['2:5 {"id":"1","a":"x"}']],
    ['with a value behind the last name', 'id,a,,\n1,x,,z\n', ['2:7 RECORD_NOT_CSV']],
    ['with nulls of ClickHouse and MySQL', 'id,a\n1,\\N\n\\N,\\N\n', ['2:5 {"id":"1"}']],
    ['of empty cells, which are no rows', 'id,a\n,\n1,x\n"",\n', ['3:7 {"id":"1","a":"x"}']],
    ['with semicolons between cells', 'id;a\n1;"x;y"\n', ['2:5 {"id":"1","a":"x;y"}']],
    ['with tabs between cells', 'a\tid\nx,y\t1\n', ['2:5 {"a":"x,y","id":"1"}']],
    ['with bars between cells', '"id"|a\n1|x,y\n', ['2:7 {"id":"1","a":"x,y"}']],
    [
      'with the line that tells Excel of semicolons',
      '\ufeffsep=;\r\nid;a\r\n1;x,y\r\n',
      ['3:16 {"id":"1","a":"x,y"}'],
    ],
    ['with blanks around the names', ' id , a\n1, x\n', ['2:8 {"id":"1","a":" x"}']],
    ['with a quote too many', 'id,a\n1,"x"y\n2,y', ['2:5 RECORD_NOT_CSV', '3:12 {"id":"2","a":"y"}']],
  ])('%s', async (_, file, expected) => {
    expect(await records(file)).toEqual(expected)
  })

  it('that are no UTF-8 or too large are rejects, and reading goes on', async () => {
    const file = Buffer.from('id,a\n1,vélo\n2,y\n', 'latin1')
    expect(await records(file)).toEqual([
      '2:5 RECORD_NOT_UTF8',
      '3:12 {"id":"2","a":"y"}',
      '1:0 file FILE_UNSUPPORTED',
    ])
    const [first] = await readAll(readerOf('imports/users.csv'), contentOf(file))
    const message = 'Expected UTF-8, got bytes of another encoding (Latin-1?) from byte 3 of the record'
    expect(first).toMatchObject({ fault: { id: '1', code: 'RECORD_NOT_UTF8', message } })
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
    ['exclamation marks between columns', 'id!a\n1!x\n'],
    ['other names for the id', 'ID,User,a\n1,2,x\n'],
    ['a column of 20,000 levels', `id,${'a.'.repeat(20_000)}a\n1,2\n`],
    ['twice the same name but for blanks', 'id,a, a\n1,x,y\n'],
    ['a column twice', 'id,a,a\n1,x,y\n'],
    ['a member that is text and object', 'id,a,a.b\n1,x,y\n'],
    ['a list with a gap', 'id,a[0],a[2]\n1,x,y\n'],
    ['a list and an object', 'id,a[0],a.b\n1,x,y\n'],
    ['a header beyond the limit', `id,${'a'.repeat(50_000)}\n1,x\n`],
    ['a header with a quote too many', 'id,"a"b\n1,x\n'],
  ])('%s is no CSV of users', async (_, file) => {
    expect(await records(file, 50_000)).toEqual(['1:0 file FILE_MALFORMED'])
  })

  it('says why a header of 20,000 levels, or without an id, is none', async () => {
    const messageOf = async (file: string) => {
      const [first] = await readAll(readerOf('imports/users.csv'), contentOf(Buffer.from(file)))
      return first !== undefined && 'fileFault' in first && first.fileFault.message
    }
    const deep = 'Expected columns of at most 127 names with dots between, got column 2 with 20001'
    expect(await messageOf(`id,${'a.'.repeat(20_000)}a\n1,2\n`)).toBe(deep)
    expect(await messageOf('Id,a\n1,x\n')).toBe(
      'Expected a header row with a column id or user, got Id (case counts)',
    )
  })

  it('warns of a column without a name, as pandas writes its index', async () => {
    expect(await records(',id\n0,1\n')).toEqual(['1:0 warning', '2:4 {"":"0","id":"1"}'])
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
      'warning',
      '{"id":"1","":"2","a..b":"3","a[x]":"4","__proto__":"5","constructor":{"x":"6"}}',
    ])
  })

  it('leaves what is no number and no list as text, for the check to reject', async () => {
    const file = 'id,age,vector_embedding\n1,old,"[1,"\n2,05,NaN\n3,0x1,{}\n'
    expect(await documents(file)).toEqual([
      '{"id":"1","age":"old","vector_embedding":"[1,"}',
      '{"id":"2","age":"05","vector_embedding":"NaN"}',
      '{"id":"3","age":"0x1","vector_embedding":[]}',
    ])
  })

  it('says deleted as true or false, and leaves any other word as text, for the check to reject', async () => {
    expect(await documents('id,deleted\n1,True\n2,false\n3,\n4,1\n5,TRUE\n')).toEqual([
      '{"id":"1","deleted":true}',
      '{"id":"2","deleted":false}',
      '{"id":"3"}',
      '{"id":"4","deleted":"1"}',
      '{"id":"5","deleted":true}',
    ])
  })

  it.each([
    ['JSON', '["kids","road"]', '["kids","road"]'],
    ['pandas', "['kids', 'road']", '["kids","road"]'],
    ['pandas, with a quote', `["it's", 'a\\n"b"', None]`, '["it\'s","a\\n\\"b\\"",null]'],
    ['ClickHouse', "['kids','it\\'s']", '["kids","it\'s"]'],
    ['PostgreSQL', '{kids,"road, gravel",NULL,1}', '["kids","road, gravel",null,"1"]'],
    ['an empty list', '[]', '[]'],
    ['an empty array of PostgreSQL', '{}', '[]'],
    ['text with a bracket in it', '[VIP] gold', '"[VIP] gold"'],
  ])('has a list where a cell of a TAG is one: %s', async (_, cell, list) => {
    const file = `id,labels\n1,"${cell.replaceAll('"', '""')}"\n`
    expect(await documents(file)).toEqual([`{"id":"1","labels":${list}}`])
  })

  it.each([
    '[VIP]',
    '[kids, road]',
    "{'kids', 'road'}",
    '{"a":1}',
    "['kids' 'road']",
    "['a',]",
    "['\\q']",
    '[[kids]]',
  ])('is a reject with its id and path where a cell of a TAG is other text in brackets: %s', async (cell) => {
    const file = `id,labels\nu7,"${cell.replaceAll('"', '""')}"\n`
    const [first] = await readAll(readerOf('imports/users.csv', { definition }), contentOf(Buffer.from(file)))
    expect(first).toMatchObject({ fault: { id: 'u7', path: 'labels', code: 'FIELD_TYPE' } })
  })

  it('has the numbers of a list, and null for what is none', async () => {
    const file = 'id,scores,vector_embedding\n1,"[1,2]","{0.5,1e-3,-2}"\n2,"[1, None]","[0.5, nan, -inf]"\n'
    expect(await documents(file)).toEqual([
      '{"id":"1","scores":[1,2],"vector_embedding":[0.5,1e-3,-2]}',
      '{"id":"2","scores":[1,null],"vector_embedding":[0.5,null,null]}',
    ])
  })

  it('says what any cells say, however they are quoted', async () => {
    const cell = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed())
    const rows = fc.array(fc.record({ id: cell, a: cell, 'b.c': cell }), { minLength: 1 })
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n', '\r'), async (users, lineBreak) => {
        const lines = users.map((user) => Object.values(user).map(quoted).join(','))
        const found = await documents(['id,a,b.c', ...lines].join(lineBreak))
        const rows = users.filter((user) => Object.values(user).some((text) => text !== ''))
        expect(found.map((text) => JSON.parse(text))).toEqual(
          rows.map(({ id, a, 'b.c': c }) => ({
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
