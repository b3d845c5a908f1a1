import { describe, expect, it } from 'vitest'
import { importOptions } from '../../../lib/import/import-options.ts'
import { isMarker } from '../../../lib/import/markers.ts'

describe('the metadata of an object', () => {
  it('hold the options of its import, beside what other tools put there', () => {
    const others = {
      mtime: '1764300000',
      's3cmd-attrs': 'uid:0',
      owner: 'data',
      origin: 'bq',
      'foundry-id': '7',
    }
    expect(importOptions({}, { 'on-error': 'abort', 'dry-run': 'true', ...others })).toEqual({
      onError: 'abort',
      dryRun: true,
      force: false,
    })
  })

  it.each([
    'dry_run',
    'dryrun',
    'dry',
    'dry-rn',
    'on_error',
    'onerror',
    'error',
    'max-errors',
    'max_errors',
    'force',
  ])('are refused with an option %s, which would do nothing', (name) => {
    const message = `Expected x-amz-meta-on-error or x-amz-meta-dry-run, got x-amz-meta-${name}`
    expect(() => importOptions({}, { [name]: 'true' })).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', message }),
    )
  })

  it.each([
    { 'dry-run': 'True' },
    { 'dry-run': '' },
    { 'on-error': 'maybe' },
    { 'on-error': 'max-errors=-1' },
  ])('are refused with %j', (metadata) => {
    expect(() => importOptions({}, metadata)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }))
  })
})

describe('a marker', () => {
  it.each([
    'imports/2026/',
    'imports/day=1_$folder$',
    'imports/day=1/_SUCCESS',
    'imports/_committed_1234567890',
    'imports/_started_1234567890',
    'imports/_temporary/0/_temporary/attempt_1/part-00000.json',
    'imports/_metadata',
    'imports/_common_metadata',
    'imports/.part-00000.json.crc',
    'imports/._SUCCESS.crc',
    'imports/.DS_Store',
  ])('is %s', (key) => {
    expect(isMarker(key)).toBe(true)
  })

  it.each([
    'imports/_users.csv',
    'imports/.users.csv',
    'imports/SUCCESS',
    'imports/a.crc',
    'imports/_metadata.json',
    'imports/part-00000',
  ])('is not %s', (key) => {
    expect(isMarker(key)).toBe(false)
  })
})
