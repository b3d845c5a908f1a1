import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { readXml, writeXml } from '../../../dev/s3/xml.ts'

const Keys = v.object({ Delete: v.object({ Object: v.array(v.object({ Key: v.string() })) }) })

function readKeys(document: string): string[] {
  return readXml(Keys, Buffer.from(document)).Delete.Object.map((object) => object.Key)
}

describe('XML', () => {
  it('keeps every character of a key that it can carry', () => {
    const keys = ['a&b<c>"d\'', ' spaces ', 'tab\tline\r\nend', '007', 'true', '😀&amp;&#65;', '']
    const document = writeXml('Delete', { Object: keys.map((Key) => ({ Key })) })
    expect(readKeys(document)).toEqual(keys)
  })

  it('writes control characters as references, as S3 does', () => {
    expect(writeXml('Error', { Key: 'a\r\u0001' })).toContain('<Key>a&#13;&#1;</Key>')
  })

  it('has S3’s name space, but for errors', () => {
    expect(writeXml('ListBucketResult', { Name: 'a' })).toContain(
      '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>a</Name></ListBucketResult>',
    )
    expect(writeXml('Error', { Code: 'a' })).toContain('<Error><Code>a</Code></Error>')
  })

  it('may have as many references as it likes: a thousand keys of nothing but "&" are legal', () => {
    const keys = Array(150).fill('&'.repeat(1024))
    expect(readKeys(writeXml('Delete', { Object: keys.map((Key) => ({ Key })) }))).toEqual(keys)
  })

  it.each([
    ['an end tag missing', '<Delete><Object><Key>a'],
    ['no tag', 'delete a'],
    ['nothing', ''],
    ['another root', '<Deleted><Object><Key>a</Key></Object></Deleted>'],
    ['a member missing', '<Delete><Object></Object></Delete>'],
    ['a character that XML forbids', '<Delete><Object><Key>a&#x1;b</Key></Object></Delete>'],
    ['bytes that are not UTF-8', Buffer.from('<Delete><Object><Key>\xff</Key></Object></Delete>', 'latin1')],
  ])('with %s is refused', (_, document) => {
    expect(() => readXml(Keys, Buffer.from(document))).toThrow(
      expect.objectContaining({ code: 'MalformedXML' }),
    )
  })
})
