import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { SeedFileSchema } from '../../../lib/audiences/audience-request.ts'

describe('a file of seeds', () => {
  const accepts = (key: unknown) => v.is(SeedFileSchema, { key })

  it('is below audiences/seeds/', () => {
    expect(accepts('audiences/seeds/best.csv')).toBe(true)
  })

  it.each([
    ...['imports/users.csv', 'reports/users.csv.json', 'audiences/a1b2/audience.csv'],
    ...['audiences/seeds/', '/audiences/seeds/best.csv', 's3://other/audiences/seeds/best.csv', '', null],
    `audiences/seeds/${'x'.repeat(1024)}`,
  ])('is not %j', (key) => {
    expect(accepts(key)).toBe(false)
  })

  it('names no bucket', () => {
    expect(v.is(SeedFileSchema, { key: 'audiences/seeds/best.csv', bucket: 'other' })).toBe(false)
  })
})
