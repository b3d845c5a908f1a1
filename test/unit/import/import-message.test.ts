import { describe, expect, it } from 'vitest'
import { importJobs } from '../../../lib/import/import-message.ts'

const target = { objects: { bucket: 'shop' }, importPrefix: 'imports/' }
const notification = (key: string, { bucket = 'shop', eventName = 'ObjectCreated:Put' } = {}) => ({
  Records: [
    {
      eventVersion: '2.5',
      eventSource: 'aws:s3',
      eventName,
      requestParameters: { sourceIPAddress: '2001:db8::1' },
      s3: { bucket: { name: bucket }, object: { key, size: 3, eTag: 'e1', sequencer: '0055AED6DCD90281E5' } },
    },
  ],
})

describe('a message to the importer', () => {
  it('is an S3 notification, whose key is form-encoded', () => {
    expect(importJobs(notification('imports/a+b%2B%C3%BC.ndjson'), target)).toEqual([
      { bucket: 'shop', key: 'imports/a b+ü.ndjson', etag: 'e1', sequencer: '0055AED6DCD90281E5' },
    ])
  })

  it('or a job of our own', () => {
    const job = { bucket: 'shop', key: 'imports/a b.ndjson', etag: 'e1' }
    expect(importJobs({ job }, target)).toEqual([job])
  })

  it('asks for nothing when S3 tests the notification, or tells of a deletion', () => {
    const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'shop' }
    expect(importJobs(test, target)).toEqual([])
    expect(
      importJobs(notification('imports/a.ndjson', { eventName: 'ObjectRemoved:Delete' }), target),
    ).toEqual([])
  })

  it.each([
    undefined,
    null,
    'text',
    {},
    { Records: [] },
    { Records: [{ eventSource: 'aws:sns' }] },
    { job: {} },
    notification('imports/50%.ndjson'),
    notification('imports/%FF.ndjson'),
  ])('that is %j is of no known kind', (message) => {
    expect(() => importJobs(message, target)).toThrow(expect.objectContaining({ code: 'EVENT_UNKNOWN' }))
  })

  it('never makes users of a report, or of what lies in another bucket', () => {
    expect(() => importJobs(notification('reports/a.ndjson'), target)).toThrow('below s3://shop/imports/')
    expect(() => importJobs(notification('imports/a.ndjson', { bucket: 'other' }), target)).toThrow(
      's3://other/',
    )
  })
})
